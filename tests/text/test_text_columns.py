"""Columns of documents: a frame is not mistaken for a sequence, nor the other way round."""

import pandas as pd
import pytest

from skcook.exceptions import ColumnsError
from skcook.text import TextCleaner, TextVectorizer


def test_frames_and_sequences_are_not_mixed_up():
    frame = pd.DataFrame({"t": ["a b"]})
    for estimator in (TextVectorizer(), TextCleaner()):
        with pytest.raises(ColumnsError, match="fitted on one column of documents; got a table"):
            estimator.fit(["a b"]).transform(frame)
        with pytest.raises(ColumnsError, match="fitted on a table of 1 column"):
            estimator.fit(frame).transform(["a b"])
        with pytest.raises(ColumnsError, match="unseen at fit time"):
            estimator.fit(frame).transform(frame.rename(columns={"t": "tt"}).assign(x=1))


def test_a_refit_forgets_the_frame():
    cleaner = TextCleaner().fit(pd.DataFrame({"t": ["A"]}))
    assert cleaner.fit(["A"]).transform(["B"]) == ["b"]
    assert not hasattr(cleaner, "n_features_in_")
