"""Whatever a model returns, the answer is valid JSON."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skcook.utils._json_values import to_json

CASES = {
    "str subclass": (np.str_("a"), "a"),
    "bool": (np.bool_(True), True),
    "int": (np.int64(3), 3),
    "big int": (2**70, 2**70),
    "float32": (np.float32(0.5), 0.5),
    "nan": (float("nan"), None),
    "infinity": (-np.inf, None),
    "NaT": (pd.NaT, None),
    "NA": (pd.NA, None),
    "date": (dt.date(2024, 2, 29), "2024-02-29"),
    "timestamp": (pd.Timestamp("2024-02-29 12:00"), "2024-02-29T12:00:00"),
    "datetime64": (np.datetime64("2024-02-29"), "2024-02-29"),
    "datetime64 NaT": (np.datetime64("NaT", "us"), None),
    "timedelta": (dt.timedelta(minutes=1), 60.0),
    "pandas' timedelta": (pd.Timedelta("1 days"), 86400.0),
    "timedelta64": (np.timedelta64(1500, "ms"), 1.5),
    "bytes": (b"caf\xc3\xa9", "café"),
    "array with nan": (np.array([[1.0, np.nan], [np.inf, 2.0]]), [[1.0, None], [None, 2.0]]),
    "zero-dimensional": (np.array(np.nan), None),
    "object array": (np.array(["a", None, np.nan, 1], dtype=object), ["a", None, None, 1]),
    "sparse": (sparse.csr_array([[0, 1], [2, 0]]), [[0, 1], [2, 0]]),
    "series": (pd.Series(["a", None], dtype="str"), ["a", None]),
    "nullable": (pd.Series([1, None], dtype="Int64"), [1, None]),
    "frame": (
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
    ),
    "nested": ({"a": (np.int8(1), {2: np.nan})}, {"a": [1, {"2": None}]}),
    "anything": (ValueError("x"), "x"),
}


@pytest.mark.parametrize("case", CASES)
def test_any_value_has_a_form_in_json(case):
    value, expected = CASES[case]
    written = to_json(value)
    assert written == expected
    assert type(written) is type(expected)
    json.dumps(written, allow_nan=False)


def test_polars_frame():
    polars = pytest.importorskip("polars")
    assert to_json(polars.DataFrame({"a": [1, None]})) == [{"a": 1}, {"a": None}]
