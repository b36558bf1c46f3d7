"""Columns of every dtype, each with what it holds; the second of three values is missing."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skcook.utils._frames import (
    read_table,
)

DAY = dt.datetime(2026, 1, 31, 12)  # noqa: DTZ001 - a naive date is the case


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


PANDAS = {
    "float": (np.array([1.0, np.nan, 3.0]), "numeric"),
    "float32": (np.array([1.0, np.nan, 3.0], "float32"), "numeric"),
    "Int64": (pd.array([1, None, 3], dtype="Int64"), "numeric"),
    "Float64": (pd.array([1.5, None, 3], dtype="Float64"), "numeric"),
    "boolean": (pd.array([True, None, False], dtype="boolean"), "boolean"),
    "str": (pd.array(["a", None, "b"], dtype="str"), "string"),
    "string": (pd.array(["a", None, "b"], dtype="string"), "string"),
    "category": (pd.Categorical(["a", None, "b"]), "categorical"),
    "ordered": (pd.Categorical(["a", None, "b"], ["b", "a"], ordered=True), "categorical"),
    "datetime": (pd.to_datetime([DAY, None, DAY]), "datetime"),
    "zoned": (pd.to_datetime([DAY, None, DAY]).tz_localize("Europe/Paris"), "datetime"),
    "timedelta": (pd.to_timedelta(["1D", None, "2h"]), "duration"),
    "arrow-string": (pd.array(["a", None, "b"], dtype=pd.ArrowDtype(pa.string())), "string"),
    "arrow-int": (pd.array([1, None, 3], dtype=pd.ArrowDtype(pa.int64())), "numeric"),
    "arrow-float": (
        pd.arrays.ArrowExtensionArray(pa.array([1.0, float("nan"), 3.0])),
        "numeric",
    ),
    "arrow-date": (
        pd.array([DAY.date(), None, DAY.date()], pd.ArrowDtype(pa.date32())),
        "datetime",
    ),
    "object-strings": (objects(["a", None, "b"]), "string"),
    "object-numbers": (objects([1, pd.NA, 2.5]), "numeric"),
    "object-decimals": (objects([Decimal("1.5"), None, Decimal(2)]), "numeric"),
    "object-booleans": (objects([True, np.nan, False]), "boolean"),
    "object-dates": (objects([DAY.date(), pd.NaT, DAY.date()]), "datetime"),
    "object-mixture": (objects(["a", None, 1]), "object"),
}

POLARS = {
    "Float64": (pl.Series([1.0, None, 3.0]), "numeric"),
    "Float64-nan": (pl.Series([1.0, float("nan"), 3.0]), "numeric"),
    "Int8": (pl.Series([1, None, 3], dtype=pl.Int8), "numeric"),
    "Boolean": (pl.Series([True, None, False]), "boolean"),
    "String": (pl.Series(["a", None, "b"]), "string"),
    "Categorical": (pl.Series(["a", None, "b"], dtype=pl.Categorical), "categorical"),
    "Enum": (pl.Series(["a", None, "b"], dtype=pl.Enum(["b", "a"])), "categorical"),
    "Date": (pl.Series([DAY.date(), None, DAY.date()]), "datetime"),
    "Datetime": (pl.Series([DAY, None, DAY]), "datetime"),
    "Datetime-zoned": (pl.Series([DAY, None, DAY]).dt.replace_time_zone("Asia/Tokyo"), "datetime"),
    "Duration": (pl.Series([dt.timedelta(1), None, dt.timedelta(2)]), "duration"),
}


def column(native):
    frame = native.to_frame("c") if isinstance(native, pl.Series) else pd.DataFrame({"c": native})
    return read_table(frame).frame["c"]


CASES = [pytest.param(*case, id=f"pandas-{name}") for name, case in PANDAS.items()] + [
    pytest.param(*case, id=f"polars-{name}") for name, case in POLARS.items()
]
