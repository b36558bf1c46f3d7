"""CountEncoder: counts and shares of categories."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing import CountEncoder
from tests._containers import plain

X = pd.DataFrame({"a": ["x", "y", None, "x", "x", None], "n": range(6)})


@pytest.mark.parametrize("frame", [X, pl.from_pandas(X)], ids=["pandas", "polars"])
@pytest.mark.parametrize(
    ("params", "expected", "unseen"),
    [
        ({}, [3, 1, 2, 3, 3, 2], 0),
        ({"normalize": True}, [3 / 6, 1 / 6, 2 / 6, 3 / 6, 3 / 6, 2 / 6], 0),
        ({"unknown_value": -1}, [3, 1, 2, 3, 3, 2], -1),
        ({"unknown_value": np.nan}, [3, 1, 2, 3, 3, 2], None),
        ({"encoded_missing_value": np.nan}, [3, 1, None, 3, 3, None], 0),
        ({"encoded_missing_value": -1, "dtype": int}, [3, 1, -1, 3, 3, -1], 0),
    ],
    ids=["counts", "shares", "unknown", "unknown-nan", "missing-nan", "missing-integer"],
)
def test_counts(frame, params, expected, unseen):
    encoder = CountEncoder(**params).fit(frame)
    assert plain(encoder.transform(frame))[0] == pytest.approx(expected)
    assert plain(CountEncoder(**params).fit_transform(frame)) == plain(encoder.transform(frame))
    new = type(frame)({"a": ["q"], "n": [0]})
    assert plain(encoder.transform(new))[0] == [unseen]
    assert encoder.counts_[0].tolist() == [3, 1, 2]
    assert encoder.categories_[0].tolist()[:2] == ["x", "y"]


def test_they_are_the_counts_of_pandas():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.choice(list("abcdefgh"), 500), "b": rng.integers(0, 9, 500)})
    got = CountEncoder(["a", "b"]).fit_transform(frame)
    for name in frame:
        counts = frame[name].map(frame[name].value_counts())
        np.testing.assert_array_equal(got[name], counts)


def test_a_missing_value_that_fit_has_not_seen_is_unseen():
    encoder = CountEncoder(unknown_value=-1).fit(pd.DataFrame({"a": ["x", "y"]}))
    assert plain(encoder.transform(pd.DataFrame({"a": [None, "x"]}, dtype="str"))) == [[-1, 1]]


def test_unseen_values_can_be_refused():
    encoder = CountEncoder(handle_unknown="error").fit(X)
    with pytest.raises(ColumnValuesError, match="column 'a' during transform: 'q'"):
        encoder.transform(pd.DataFrame({"a": ["q"], "n": [1]}))


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"normalize": True, "dtype": int}, "cannot hold shares; set a float dtype"),
        ({"dtype": bool}, "cannot hold counts"),
        ({"dtype": int, "unknown_value": 0.5}, "unknown_value=0.5 needs a float dtype"),
        ({"dtype": int, "unknown_value": np.nan}, "unknown_value=nan needs a float dtype"),
        ({"encoded_missing_value": "mean"}, "encoded_missing_value"),
    ],
    ids=["shares", "bool", "half", "nan", "word"],
)
def test_settings_that_contradict_are_refused(params, match):
    with pytest.raises(ValueError, match=match):
        CountEncoder(**params).fit(X)
