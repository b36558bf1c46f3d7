import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from skcook.explain.result._explanation import plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.True_, True),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT", "us"), None),
        (pd.Timestamp("2020-01-02 03:04"), "2020-01-02T03:04:00"),
        (dt.date(2020, 1, 2), "2020-01-02"),
        (pd.Timedelta("1 days"), "1 days 00:00:00"),
        ("text", "text"),
    ],
    ids=repr,
)
def test_plain_values_go_into_json(value, expected):
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)
    json.dumps(result, allow_nan=False)


def test_features_are_sorted_by_size(small):
    assert [f.feature for f in small[0].features] == ["work", "age"]
    assert small[0].weights.tolist() == [0.3, -0.1]


def test_record_has_the_promised_keys(small):
    record = small[0].to_dict()
    assert list(record) == [
        "kind", "row", "target", "prediction", "local_prediction", "intercept", "r2", "note",
        "features",
    ]  # fmt: skip
    assert record["features"][0] == {
        "feature": "work",
        "value": None,
        "rule": "work is missing",
        "weight": 0.3,
        "std_error": None,
    }


def test_bad_fit_is_said_in_words(small, explanations):
    assert "badly" in small[0].note
    assert small[0].note in str(small[0])
    good = next(item for item in explanations if item.r2 > 0.5)
    assert good.note is None
    assert "badly" not in str(good)
