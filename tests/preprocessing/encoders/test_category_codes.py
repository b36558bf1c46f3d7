"""The kernel of integer codes."""

import decimal
import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing.encoders._category_codes import (
    MISSING,
    UNKNOWN,
    fit_codes,
    given_categories,
    join_missing,
    split_missing,
    transform_codes,
)
from tests._containers import forms


def column(values, dtype=None):
    native = values if isinstance(values, pd.Series | pl.Series) else pd.Series(values, dtype=dtype)
    return native.rename("a")


def positions(codes, categories):
    known, _ = split_missing(categories)
    return codes.take(np.arange(len(known)), missing=MISSING, unknown=UNKNOWN).tolist()


def by_hand(values):
    known = sorted({v for v in values if v is not None})
    return [MISSING if v is None else known.index(v) for v in values], known


texts = st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=1, max_size=60)


@settings(max_examples=25)
@given(texts, st.lists(st.one_of(st.none(), st.text(max_size=2)), max_size=60))
def test_codes_are_those_found_by_hand_in_every_container(values, new):
    values = [None if v is None else v.replace("\ud800", "") for v in values]
    expected, known = by_hand(values)
    for form in forms("string"):
        if form.container == "numpy" or form.name == "pandas-category":
            continue
        codes, categories = fit_codes(column(form.column(values)))
        assert split_missing(categories)[0].tolist() == known
        assert codes.has_missing == (None in values)
        assert positions(codes, categories) == expected
        counts, n_missing = codes.counts(len(known))
        assert counts.tolist() == [values.count(k) for k in known]
        assert n_missing == values.count(None)
        again = transform_codes(column(form.column(new)), categories)
        assert positions(again, categories) == [
            MISSING if v is None else known.index(v) if v in known else UNKNOWN for v in new
        ]
        assert set(again.unknown) == {v for v in new if v is not None and v not in known}


@settings(max_examples=60)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), min_size=1, max_size=60))
def test_integers_are_exact_with_a_missing_value(values):
    expected, known = by_hand(values)
    for native in (pd.Series(values, dtype="Int64"), pl.Series(values, dtype=pl.Int64)):
        codes, categories = fit_codes(column(native))
        assert split_missing(categories)[0].tolist() == known
        assert positions(codes, categories) == expected


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0.5, 0.1], "float32"),
        ([3, 1], "int8"),
        ([3, 1], "uint64"),
        ([True, False], "bool"),
        (["2024-01-02", "2024-01-01"], "datetime64[us]"),
        ([2, 1], "timedelta64[s]"),
    ],
    ids=lambda value: str(value),
)
def test_categories_keep_the_dtype(values, dtype):
    _, categories = fit_codes(column(values, dtype))
    assert categories.dtype == np.dtype(dtype)
    assert (categories == np.sort(pd.Series(values, dtype=dtype).to_numpy())).all()


@pytest.mark.parametrize(
    "values",
    [
        [decimal.Decimal("1.5"), decimal.Decimal("0.5")],
        pl.Series([decimal.Decimal("1.5"), decimal.Decimal("0.5")]),
        pd.Series([1.5, 0.5], dtype="Float64"),
        pd.arrays.SparseArray([1.5, 0.5]),
    ],
    ids=["objects", "polars", "Float64", "sparse"],
)
def test_decimals_and_others_are_floats(values):
    native = values if isinstance(values, pl.Series) else pd.Series(values)
    _, categories = fit_codes(column(native))
    assert categories.tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("values", "has_missing", "dtype"),
    [
        (np.array([1, 2]), True, object),
        (np.array([True]), True, object),
        (np.array([1.5], dtype=np.float32), True, np.float32),
        (np.array(["2024-01-01"], dtype="datetime64[D]"), True, "datetime64[D]"),
        (np.array(["x"], dtype=object), True, object),
        (np.array([1, 2]), False, np.int64),
    ],
    ids=["integers", "booleans", "floats", "dates", "strings", "none-missing"],
)
def test_a_missing_value_joins_and_splits(values, has_missing, dtype):
    joined = join_missing(values, has_missing)
    assert joined.dtype == dtype
    back, had = split_missing(joined)
    assert had == has_missing
    assert back.dtype == values.dtype
    assert (back == values).all()


def test_raw_codes_of_a_category_are_a_view():
    native = pd.Series(pd.Categorical(["x", "y"] * 40))
    codes, _ = fit_codes(column(native))
    assert np.shares_memory(codes.raw, native.array.codes)


@pytest.mark.parametrize("n", [126, 127, 128, 255, 256, 257, 40_000], ids=str)
def test_counts_at_the_edges_of_small_integers(n):
    values = [f"{i:05d}" for i in range(n)] * 2
    for native in (pd.Series(pd.Categorical(values)), pl.Series(values)):
        codes, categories = fit_codes(column(native))
        counts, n_missing = codes.counts(len(categories))
        assert counts.tolist() == [2] * n
        assert n_missing == 0
        again = transform_codes(column(native), categories)
        assert positions(again, categories) == list(range(n)) * 2


def test_given_categories_take_the_dtype_of_the_column():
    floats, integers = column([1.0, 2.0]), column([1, 2])
    assert given_categories([1, 2], floats).dtype == float
    assert given_categories([1, 2], integers).dtype == int
    assert given_categories(np.array([1, 2]), integers).dtype == int
    assert given_categories(["b", "a", None], column(["a", "b"])).tolist()[:2] == ["b", "a"]


def test_no_categories_are_given():
    assert len(given_categories([], column(["a"]))) == 0
    for native in (pd.Series(["a"] * 40), pl.Series(["a"] * 40), pl.Series(["a"])):
        codes = transform_codes(column(native), np.array([], dtype=object))
        assert list(codes.unknown) == ["a"]


@pytest.mark.parametrize(
    "values", list(itertools.permutations(["x", 1, None])), ids=lambda v: repr(v)
)
def test_a_mixture_is_refused_in_any_order(values):
    for repeats in (1, 20):
        with pytest.raises(ColumnValuesError, match=r"'a' must be all strings.* int, str"):
            fit_codes(column(list(values) * repeats, dtype=object))


def test_decimals_beyond_a_float_are_integers_or_refused():
    ids = pd.Series([decimal.Decimal(2**53), decimal.Decimal(2**53 + 1)])
    _, categories = fit_codes(ids)
    assert categories.tolist() == [2**53, 2**53 + 1]
    _, one = fit_codes(ids[:1])
    assert transform_codes(ids[1:], one).unknown == [2**53 + 1]
    with pytest.raises(ColumnValuesError, match="more digits than a float can tell"):
        fit_codes(pd.Series([decimal.Decimal("1.00000000000000000001"), decimal.Decimal(2)]))
