"""Keys compare across containers, without loss."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcook.utils._keys import KeyIndex, key_kind, read_key
from tests._containers import forms

VALUES = {
    "string": ["b", "a", None],
    "integer": [7, 5, None],
    "float": [7.5, 5.0, None],
    "boolean": [True, False, None],
    "datetime": [dt.datetime(2024, 2, 29, 10), dt.datetime(2024, 3, 1), None],  # noqa: DTZ001
}


def columns_of(kind):
    return [form.column(VALUES[kind]) for form in forms(kind) if form.container != "numpy"]


@pytest.mark.parametrize("kind", VALUES)
def test_every_form_finds_every_other(kind):
    for known in columns_of(kind):
        index = KeyIndex([read_key(known[:2])])
        for series in columns_of(kind):
            assert index.find([read_key(series)]).tolist() == [0, 1, -1], series.dtype
            assert key_kind(series) == ("numeric" if kind in ("integer", "float") else kind)


def columns_of_integers(values):
    """Return integers in every dtype that can hold them."""
    yield pd.Series(values, dtype=object)
    present = [value for value in values if value is not None]
    for low, high, name in [(-(2**63), 2**63, "Int64"), (0, 2**64, "UInt64")]:
        if all(low <= value < high for value in present):
            # Of a list, pandas would make floats first.
            filled = np.array([value or 0 for value in values], dtype=name.lower())
            absent = np.array([value is None for value in values])
            yield pd.Series(pd.arrays.IntegerArray(filled, absent))
            yield pl.Series(values, dtype=getattr(pl, name))
            if len(present) == len(values):
                yield pd.Series(filled)
    yield pl.Series(values, dtype=pl.Int128)
    yield pd.Series([None if value is None else Decimal(value) for value in values], dtype=object)
    if all(float(value) == value for value in present):
        yield pd.Series(values, dtype="float64")


CLOSE = st.one_of(
    st.none(),
    *[
        st.integers(min(centre, 2**64 - 4) - 3, min(centre + 3, 2**64 - 1))
        for centre in (0, 2**31, 2**53, -(2**53), 2**63, 2**64)
    ],
)


@settings(max_examples=60)
@given(st.lists(CLOSE, min_size=1, max_size=6), st.lists(CLOSE, min_size=1, max_size=6))
def test_integers_up_to_64_bits_are_exact_in_every_dtype(known, wanted):
    known = list(dict.fromkeys(value for value in known if value is not None)) or [0]
    expected = [known.index(value) if value in known else -1 for value in wanted]
    for there in columns_of_integers(known):
        index = KeyIndex([read_key(there)])
        assert not len(index.repeated())
        for here in columns_of_integers(wanted):
            assert index.find([read_key(here)]).tolist() == expected, (there.dtype, here.dtype)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_are_exact_in_every_unit(unit):
    start = np.datetime64("2024-02-29T10:00:00", unit)
    known = pd.Series(start + np.arange(3))
    index = KeyIndex([read_key(known)])
    assert index.find([read_key(known[::-1])]).tolist() == [2, 1, 0]
    finest = pd.Series(known.astype("datetime64[ns]")) + np.timedelta64(1, "ns")
    expected = [1, 2, -1] if unit == "ns" else [-1, -1, -1]
    assert index.find([read_key(finest)]).tolist() == expected
    assert index.find([read_key(pl.Series(finest.to_numpy()))]).tolist() == expected


def test_instants_beyond_the_range_of_nanoseconds_match():
    far = [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23)]  # noqa: DTZ001
    index = KeyIndex([read_key(pl.Series(far))])
    assert index.find([read_key(pd.Series(far[::-1], dtype=object))]).tolist() == [1, 0]


def test_decimals_and_floats_match_as_they_are_written():
    known = pl.Series([Decimal("0.10"), Decimal("0.2"), Decimal("3.00")])
    index = KeyIndex([read_key(known)])
    assert index.find([read_key(pd.Series([0.2, 0.1, 3, 0.3]))]).tolist() == [1, 0, 2, -1]
    close = pd.Series([Decimal("0.10000000000000000001"), Decimal("0.1")], dtype=object)
    assert index.find([read_key(close)]).tolist() == [-1, 0]


def keys(*columns):
    return [read_key(pd.Series(column)) for column in columns]


def test_several_columns_are_one_key():
    known = keys(["a", "a", "b"], [1, 2, 2])
    index = KeyIndex(known)
    assert not len(index.repeated())
    assert index.find(known).tolist() == [0, 1, 2]
    assert index.find(keys(["b", None], [1, 1])).tolist() == [-1, -1]
    assert KeyIndex(keys(["a", "a", "a", "a"], [1, 2, 1, 1])).repeated().tolist() == [2, 3]


def test_many_columns_of_many_keys_do_not_run_over():
    n = 3000
    columns = [np.random.default_rng(i).permutation(n) for i in range(8)]
    index = KeyIndex(keys(*columns))
    assert not len(index.repeated())
    assert (index.find(keys(*columns)) == np.arange(n)).all()


def test_missing_is_a_key_where_that_is_wanted():
    index = KeyIndex(keys(["a", None]), missing_matches=True)
    assert index.find(keys([None, "a", "b"])).tolist() == [1, 0, -1]


def test_an_index_of_nothing_finds_nothing():
    index = KeyIndex([read_key(pd.Series([], dtype=str))])
    assert index.find(keys(["a"])).tolist() == [-1]


def test_infinity_is_a_key():
    index = KeyIndex(keys([np.inf, 1.0, 2.0]))
    assert index.find(keys([2, 3])).tolist() == [2, -1]
    assert index.find(keys([np.inf, -np.inf, np.nan])).tolist() == [0, -1, -1]
