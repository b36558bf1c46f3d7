"""The ceremony that all column transformers share."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_selector
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skcook.base import BaseColumnTransformer, _column_transformer
from skcook.base._column_transformer import select_columns
from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.utils._columns import new_series, numeric_values
from skcook.utils._frames import read_input, read_table
from tests._containers import (
    FORMS,
    assert_same_data,
    check_container_contract,
    copy_of,
    dtypes_of,
    plain,
)


class Doubler(BaseColumnTransformer):
    """Puts a number and its double in the place of each number; counts its calls."""

    _default_kinds = frozenset({"numeric"})
    _allowed_kinds = frozenset({"numeric", "boolean"})

    def __init__(self, columns=None, *, name="{}_double", total=False):
        self.columns = columns
        self.name = name
        self.total = total

    def _fit_columns(self, frame, y):
        self.seen_ = list(frame.columns)

    def _transform_columns(self, frame):
        out = {}
        for name in frame.columns:
            double = 2 * numeric_values(frame[name])
            out[name] = [frame[name], new_series(self.name.format(name), double, frame)]
        if self.total:
            out["total"] = [new_series("total", np.zeros(len(frame)), frame)]
        return out

    def _names_out(self, given):
        return {c: [given[c], self.name.format(given[c])] for c in self.columns_}

    def _names_added(self, given):
        return ["total"] if self.total else []


MIXED = pd.DataFrame(
    {"s": ["x", "y"], "n": [1, 2], "f": [0.5, 1.5], "b": [True, False]}, index=[7, 3]
)


@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_the_contract_holds_whatever_comes(form):
    value = {
        "string": "x",
        "integer": 1,
        "float": 0.5,
        "boolean": True,
        "datetime": pd.Timestamp("2024-01-01").to_pydatetime(),
        "date": pd.Timestamp("2024-01-01").date(),
    }[form.kind]
    check_container_contract(Doubler(), form.frame({"a": [value] * 3}, rest=True))


@pytest.mark.parametrize("X", [MIXED, pl.from_pandas(MIXED)], ids=["pandas", "polars"])
def test_new_columns_stand_where_the_old_one_stood(X):
    before = copy_of(X)
    out = Doubler(total=True).fit_transform(X)
    assert list(out.columns) == ["s", "n", "n_double", "f", "f_double", "b", "total"]
    assert plain(out)[1:5] == [[1, 2], [2.0, 4.0], [0.5, 1.5], [1.0, 3.0]]
    assert {c: dtypes_of(out)[c] for c in X.columns} == dtypes_of(X)
    assert_same_data(X, before)


def test_names_follow_the_names_that_are_asked_for():
    fitted = Doubler(total=True).fit(np.ones((2, 2)))
    assert list(fitted.get_feature_names_out()) == ["x0", "x0_double", "x1", "x1_double", "total"]
    assert list(fitted.get_feature_names_out(["a", "b"]))[:2] == ["a", "a_double"]
    with pytest.raises(ValueError, match="input_features"):
        fitted.get_feature_names_out(["a"])


def test_labels_that_are_no_strings_come_back():
    X = pd.DataFrame({10: [1.0], 20: [2.0]})
    fitted = Doubler([]).fit(X)
    assert list(fitted.transform(X).columns) == [10, 20]
    fitted = Doubler([20]).fit(X)
    assert fitted.columns_ == ["x1"]
    assert list(fitted.transform(X).columns) == ["x0", "x1", "x1_double"]


def test_a_name_that_is_taken_is_refused():
    X = pd.DataFrame({"n": [1], "n_double": ["x"]})
    with pytest.raises(ColumnsError, match="more than one column named 'n_double'"):
        Doubler().fit_transform(X)


def test_columns_are_selected_by_kind_or_by_any_means():
    table = read_table(MIXED)
    kinds = frozenset({"numeric"})
    for columns, expected in [
        (None, ["n", "f"]),
        ("s", ["s"]),
        (1, ["n"]),
        (-1, ["b"]),
        (["f", "n"], ["n", "f"]),
        ([0, "f"], ["s", "f"]),
        ([True, False, False, True], ["s", "b"]),
        (np.array([True, False, False, True]), ["s", "b"]),
        (pd.Index(["s", "b"]), ["s", "b"]),
        (slice(1, 3), ["n", "f"]),
        (slice(None), ["s", "n", "f", "b"]),
        ([], []),
        (make_column_selector(dtype_include=bool), ["b"]),
        (lambda X: [c for c in X.columns if c < "g"], ["f", "b"]),
    ]:
        assert select_columns(table, columns, kinds, MIXED, "Step") == expected


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        (["nn"], "Step: X has no column 'nn'"),
        (["isl"], "no column 'isl'. Its columns: s, n, f, b"),
        ([9], "no column 9"),
        ([-5], "no column -5"),
        ([True], "mask in `columns` has 1 entries; X has 4"),
        (["n", "n"], "names n more than once"),
        ([1, "n"], "names n more than once"),
    ],
    ids=str,
)
def test_columns_that_are_not_there_are_named(columns, match):
    with pytest.raises(ColumnsError, match=match):
        select_columns(read_table(MIXED), columns, frozenset(), MIXED, "Step")


def test_a_typing_error_is_guessed():
    with pytest.raises(ColumnsError, match="did you mean 'island'"):
        Doubler(["iland"]).fit(pd.DataFrame({"island": [1]}))


def test_a_column_of_a_kind_that_a_step_does_not_take_is_named():
    with pytest.raises(ColumnValuesError, match=r"takes boolean or numeric.*'s' is string"):
        Doubler(["s"]).fit(MIXED)
    fitted = Doubler(["n"]).fit(MIXED)
    with pytest.raises(ColumnValuesError, match="'n' is string"):
        fitted.transform(MIXED.assign(n=["1", "2"]))


def test_other_columns_than_in_fit_are_refused():
    fitted = Doubler().fit(MIXED)
    for other in (MIXED[["n", "s", "f", "b"]], MIXED.drop(columns="s"), MIXED.assign(z=1)):
        with pytest.raises(ColumnsError, match="feature names should match"):
            fitted.transform(other)
    grams = Doubler().fit(pd.DataFrame({"body_grams": [1]}))
    with pytest.raises(ColumnsError, match="Did you mean: 'body_gram' -> 'body_grams'"):
        grams.transform(pd.DataFrame({"body_gram": [1]}))


def test_it_must_be_fitted():
    for method in ("transform", "get_feature_names_out"):
        with pytest.raises(NotFittedError):
            getattr(Doubler(), method)(*([MIXED] if method == "transform" else []))


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_a_pipeline_sets_the_output_of_all(output):
    pipe = make_pipeline(Doubler(), Doubler("b")).set_output(transform=output)
    out = pipe.fit_transform(pl.from_pandas(MIXED))
    assert type(out).__module__.startswith(output)
    assert list(out.columns) == list(pipe.get_feature_names_out())


def test_fit_transform_reads_the_data_once(monkeypatch):
    calls = []

    def counted(*args, **kwargs):
        calls.append(args)
        return read_input(*args, **kwargs)

    monkeypatch.setattr(_column_transformer, "read_input", counted)
    Doubler().fit_transform(MIXED)
    assert len(calls) == 1
