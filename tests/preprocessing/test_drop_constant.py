"""DropConstant: what is dropped, what is kept, and how little is read."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.preprocessing import DropConstant
from tests._containers import check_container_contract, parametrize_forms, plain

VARYING = {
    "string": ["a", "b"],
    "integer": [1, 2],
    "float": [0.5, 1.5],
    "boolean": [True, False],
    "datetime": [pd.Timestamp(2024, 1, 1).to_pydatetime(), pd.Timestamp(2024, 1, 2)],
    "date": [pd.Timestamp(2024, 1, 1).date(), pd.Timestamp(2024, 1, 2).date()],
}


@parametrize_forms("string", "integer", "float", "boolean", "datetime", "date")
def test_container_matrix(form):
    one, two = VARYING[form.kind]
    columns = {
        "varies": [one, two, None],
        "constant": [one, one, one],
        "holes": [one, one, None],
        "late": [None, one, one],
        "nothing": [None, None, None],
    }
    X = form.frame(columns)
    names = list(columns)

    def dropped(missing):
        fitted = DropConstant(missing).fit(X)
        return [names[i] for i in range(5) if not fitted.get_support()[i]]

    assert dropped("value") == ["constant", "nothing"]
    assert dropped("ignore") == ["constant", "holes", "late", "nothing"]
    # Polars leaves no number among its categories, pandas no day without an hour.
    if form.name not in ("pandas-integer-category", "polars-Date"):
        fitted = check_container_contract(DropConstant(), X)
        assert plain(fitted.transform(X)) == [plain(X)[i] for i in (0, 2, 3)]
        assert fitted.get_support(indices=True).tolist() == [0, 2, 3]


@pytest.mark.parametrize("missing", ["value", "ignore"])
@pytest.mark.parametrize("rows", [2, 255, 256, 257, 5000, 70_000])
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_the_last_row_may_make_the_difference(frame, rows, missing):
    values = np.zeros(rows)
    last = values.copy()
    last[-1] = 1
    hole = values.copy()
    hole[-1] = np.nan
    X = frame({"same": values, "last": last, "hole": hole})
    fitted = DropConstant(missing).fit(X)
    kept = ["same"] if missing == "value" else ["same", "hole"]
    assert fitted.constant_columns_ == kept


def test_only_the_first_rows_of_a_varying_column_are_read():
    class Loud:
        def __hash__(self):
            raise AssertionError("read too far")

    values = np.array([0, 1] * 128 + [Loud()] * 10, dtype=object)
    assert DropConstant().fit(pd.DataFrame({"a": values})).constant_columns_ == []


def test_unhashable_values_are_kept():
    X = pd.DataFrame({"a": [[1], [1]], "b": [1, 1]})
    assert DropConstant().fit(X).constant_columns_ == ["b"]
    assert DropConstant().fit(pl.DataFrame({"a": [[1], [2]], "b": [1, 1]})).constant_columns_ == [
        "b"
    ]


def test_a_new_value_in_transform_does_not_bring_the_column_back():
    fitted = DropConstant().fit(pd.DataFrame({"a": [1, 2], "b": [1, 1]}))
    assert list(fitted.transform(pd.DataFrame({"a": [1], "b": [9]})).columns) == ["a"]


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        (pd.DataFrame({"a": [1, 1], "b": [2, 2]}), {}, "Every column is constant.*'a', 'b'"),
        (pd.DataFrame({"a": [1]}), {}, "at least two rows.*n_samples=1"),
        (pd.DataFrame({"a": [1, 2]}), {"missing": "drop"}, "missing"),
    ],
)
def test_refusals(X, options, message):
    with pytest.raises(ValueError, match=message):
        DropConstant(**options).fit(X)


def test_survives_pickle_and_skops():
    skops_io = pytest.importorskip("skops.io")
    X = pd.DataFrame({"a": [1.0, 2.0], "s": ["x", "x"]})
    fitted = DropConstant().fit(X)
    data = skops_io.dumps(fitted)
    trusted = skops_io.get_untrusted_types(data=data)
    assert all(name.startswith("skcook.") for name in trusted)
    for copy in (pickle.loads(pickle.dumps(fitted)), skops_io.loads(data, trusted=trusted)):
        assert plain(copy.transform(X)) == [[1.0, 2.0]]
