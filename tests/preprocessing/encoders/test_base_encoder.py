"""Rare categories, as scikit-learn finds them, and the way from codes back to values."""

import datetime as dt

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import OneHotEncoder as SklearnOneHotEncoder

from skcook.preprocessing import OneHotEncoder
from skcook.preprocessing.encoders._base_encoder import (
    INFREQUENT,
    decode_column,
    infrequent,
    with_infrequent_merged,
)
from skcook.preprocessing.encoders._category_codes import join_missing
from tests._containers import plain


@pytest.mark.parametrize("min_frequency", [None, 1, 2, 3, 0.2, 0.3, np.int64(3)], ids=str)
@pytest.mark.parametrize("max_categories", [None, 1, 2, 3, 5, 9], ids=str)
def test_rare_categories_are_those_of_scikit_learn(min_frequency, max_categories):
    if min_frequency is max_categories is None:
        assert infrequent(np.array([1]), 1, min_frequency=None, max_categories=None) is None
        return
    counts = np.array([5, 2, 2, 1, 4])
    values = np.repeat(list("abcde"), counts).astype(object)
    peer = SklearnOneHotEncoder(min_frequency=min_frequency, max_categories=max_categories)
    expected = peer.fit(values.reshape(-1, 1)).infrequent_categories_[0]
    rare = infrequent(
        counts, len(values), min_frequency=min_frequency, max_categories=max_categories
    )
    if expected is None:
        assert rare is None
    else:
        assert [list("abcde")[i] for i in rare] == expected.tolist()


def test_the_rare_ones_share_the_last_code():
    assert with_infrequent_merged(3, None).tolist() == [0, 1, 2]
    assert with_infrequent_merged(3, np.array([0, 1, 2])).tolist() == [0, 0, 0]


def test_the_error_of_an_unseen_value_is_short_however_many_there_are():
    encoder = OneHotEncoder().fit(pd.DataFrame({"a": [f"v{i}" for i in range(1000)]}))
    with pytest.raises(ValueError, match="and 990 more") as caught:
        encoder.transform(pd.DataFrame({"a": [f"w{i}" * 50 for i in range(1000)]}))
    assert len(str(caught.value)) < 1500


CATEGORIES = {
    "strings": (np.array(["a", "b"], dtype=object), ["b", None], "str", pl.String),
    "integers": (np.array([1, 2]), [2, None], "Int64", pl.Int64),
    "booleans": (np.array([False, True]), [True, None], "boolean", pl.Boolean),
    "floats": (np.array([0.5, 1.5]), [1.5, None], "float64", pl.Float64),
    "times": (
        np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[us]"),
        [dt.datetime(2024, 1, 2), None],  # noqa: DTZ001
        "datetime64[us]",
        pl.Datetime("us"),
    ),
    "dates": (
        np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[D]"),
        [dt.date(2024, 1, 2), None],
        "object",
        pl.Date,
    ),
}
LIKE = {"pandas": pd.DataFrame({"z": [0, 0]}, index=[7, 9]), "polars": pl.DataFrame({"z": [0, 0]})}


@pytest.mark.parametrize("like", LIKE.values(), ids=LIKE.keys())
@pytest.mark.parametrize(
    ("values", "expected", "pandas_dtype", "polars_dtype"), CATEGORIES.values(), ids=CATEGORIES
)
@pytest.mark.parametrize("has_missing", [True, False])
def test_values_come_back(values, expected, pandas_dtype, polars_dtype, like, has_missing):
    frame = nw.from_native(like, eager_only=True)
    categories = join_missing(values, has_missing)
    # A missing row is written -1, or with the position of the missing category.
    column = decode_column("a", np.array([1, 2 if has_missing else -1]), categories, frame)
    native = column.to_frame().to_native()
    assert plain(native) == [expected]
    if isinstance(like, pd.DataFrame):
        assert str(native["a"].dtype) == pandas_dtype
        assert native.index.equals(like.index)
    else:
        assert native["a"].dtype == polars_dtype


@pytest.mark.parametrize("like", LIKE.values(), ids=LIKE.keys())
def test_rare_categories_have_one_name(like):
    frame = nw.from_native(like, eager_only=True)
    categories = np.array(["a", "b"], dtype=object)
    column = decode_column("a", np.array([2, 0]), categories, frame)
    assert plain(column.to_frame().to_native()) == [[INFREQUENT, "a"]]


def test_no_category_at_all():
    frame = nw.from_native(LIKE["pandas"], eager_only=True)
    column = decode_column("a", np.array([-1, 0]), np.array([np.nan], dtype=object), frame)
    assert plain(column.to_frame().to_native()) == [[None, None]]
