"""Numbers about texts."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.text import TextStats

CASES = [
    (
        "Hello World! Is it 3.5?",
        {
            "n_characters": 23,
            "n_words": 6,
            "n_unique_words": 6,
            "n_sentences": 2,
            "n_lines": 1,
            "mean_word_length": 16 / 6,
            "uppercase_share": 3 / 14,
            "digit_share": 2 / 23,
            "punctuation_share": 3 / 23,
            "n_exclamations": 1,
            "n_questions": 1,
        },
    ),
    ("", dict.fromkeys(["n_characters", "n_words", "n_sentences", "mean_word_length"], 0)),
    ("one\ntwo\n", {"n_lines": 2, "n_sentences": 1, "n_words": 2}),
    ("Wait... what?! Yes", {"n_sentences": 3, "n_questions": 1}),
    ("the The THE", {"n_unique_words": 1, "uppercase_share": 4 / 9}),
    ("ÄÖ ñ", {"uppercase_share": 2 / 3, "n_words": 2}),
    ("...", {"n_sentences": 1, "punctuation_share": 1.0, "uppercase_share": 0.0}),
    ("e.g. v1.2 ok", {"n_sentences": 2}),
    ("  \n ", {"n_sentences": 0, "n_words": 0}),
    ("😀😀", {"n_characters": 2, "punctuation_share": 0.0, "n_words": 0}),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[repr(text) for text, _ in CASES])
def test_numbers(text, expected):
    stats = TextStats()
    (row,) = stats.fit_transform([text])
    found = dict(zip(stats.get_feature_names_out(), row.tolist(), strict=True))
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_missing():
    assert np.isnan(TextStats().fit_transform([None, "a"])).all(axis=1).tolist() == [True, False]
    assert TextStats(["n_words"], missing="empty").fit_transform([None]).tolist() == [[0.0]]
    with pytest.raises(ValueError, match="position 0"):
        TextStats(missing="error").fit([None])


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_frames(make):
    frame = make({"t": ["A b", "c"], "u": ["", None]})
    stats = TextStats(["n_words", "uppercase_share"])
    out = stats.fit_transform(frame)
    names = ["t__n_words", "t__uppercase_share", "u__n_words", "u__uppercase_share"]
    assert list(stats.get_feature_names_out()) == names
    assert out[0].tolist() == [2.0, 0.5, 0.0, 0.0]
    assert np.isnan(out[1, 2:]).all()
    out = stats.set_output(transform="polars").fit_transform(frame)
    assert isinstance(out, pl.DataFrame)
    assert out.columns == names


def test_features_that_do_not_exist():
    with pytest.raises(ValueError, match="did you mean 'n_words'"):
        TextStats(["n_word"]).fit(["a"])
    with pytest.raises(ValueError, match="It has: "):
        TextStats(["mood"]).fit(["a"])
