"""DropConstant and DropCorrelated: what is dropped, what is kept, and how little is read."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.preprocessing import DropConstant, DropCorrelated
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


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_columns_that_are_not_named_are_kept(library):
    X = library.DataFrame({"a": [1, 1], "b": [2, 2], "c": [1, 2]})
    step = DropConstant(columns=["a", "c"]).fit(X)
    assert (step.columns_, step.constant_columns_) == (["a", "c"], ["a"])
    assert list(step.transform(X).columns) == ["b", "c"]
    assert step.get_support().tolist() == [False, True, True]
    both = library.DataFrame({"a": [1, 1], "b": [2, 2]})
    assert list(DropConstant(columns="a").fit_transform(both).columns) == ["b"]


RNG = np.random.default_rng(0)
BASE = RNG.normal(size=300)
NOISE = RNG.normal(size=300)
RELATED = {
    "a": BASE,
    "twice": 2 * BASE + 1,
    "other": NOISE,
    "against": -3 * BASE + 0.05 * NOISE,
    "loose": BASE + NOISE,
    "curved": np.exp(BASE),
}


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations_are_those_of_pandas(library, method):
    values = {name: column.copy() for name, column in RELATED.items()}
    for i, column in enumerate(values.values()):
        column[i * 40 : i * 40 + 30] = np.nan
    expected = pd.DataFrame(values).corr(method).abs()
    for threshold in (0.5, 0.9, 0.99):
        step = DropCorrelated(threshold, method=method).fit(library.DataFrame(values))
        kept = [name for name in values if name not in step.dropped_columns_]
        close = 0.02 if method == "spearman" else 1e-9  # ranks are those within a column
        for name, stays in step.dropped_columns_.items():
            assert stays in kept
            assert expected.loc[name, stays] >= threshold - close
        for i, name in enumerate(kept):
            assert (expected.loc[name, kept[:i]] < threshold + close).all()


def test_the_first_column_stays_and_is_named():
    step = DropCorrelated(0.99).fit(pd.DataFrame(RELATED))
    assert step.dropped_columns_ == {"twice": "a", "against": "a"}
    assert list(step.get_feature_names_out()) == ["a", "other", "loose", "curved"]
    by_rank = DropCorrelated(0.99, method="spearman").fit(pd.DataFrame(RELATED))
    assert by_rank.dropped_columns_ == {"twice": "a", "against": "a", "curved": "a"}
    only = DropCorrelated(0.99, columns=["other", "against"]).fit(pd.DataFrame(RELATED))
    assert only.dropped_columns_ == {}


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_columns_of_the_same_values_are_duplicates_whatever_their_kind(library):
    day = np.array(["2024-01-01", "2024-01-02", "NaT"], dtype="datetime64[us]")
    X = library.DataFrame(
        {
            "s": ["x", None, "y"],
            "s2": ["x", None, "y"],
            "s3": ["x", "y", None],
            "day": day,
            "day2": day,
            "flag": [True, False, True],
            "flag2": [True, False, True],
            "id": [2**60, 2**60 + 1, 5],
        }
    )
    step = DropCorrelated().fit(X)
    assert step.dropped_columns_ == {"s2": "s", "day2": "day", "flag2": "flag"}
    assert list(step.transform(X).columns) == ["s", "s3", "day", "flag", "id"]


def test_categories_and_strings_of_the_same_values_are_duplicates():
    X = pd.DataFrame({"a": ["x", "y"], "b": pd.Categorical(["x", "y"]), "c": ["y", "x"]})
    assert DropCorrelated().fit(X).dropped_columns_ == {"b": "a"}


def test_what_cannot_be_compared_is_kept():
    X = pd.DataFrame({"l": [[1], [2]], "l2": [[1], [2]], "one": [1.0, 1.0], "none": [np.nan] * 2})
    assert DropCorrelated().fit(X).dropped_columns_ == {}
    assert DropCorrelated().fit(pd.DataFrame({"a": [np.inf, 1.0, 2.0]})).dropped_columns_ == {}


@parametrize_forms("integer", "float", "string", "boolean", "datetime")
def test_the_contract_of_drop_correlated(form):
    values = {
        "integer": [1, 2, None, 4],
        "float": [0.5, None, 2.5, 1.0],
        "string": ["x", None, "y", "z"],
        "boolean": [True, None, False, True],
        "datetime": [pd.Timestamp(f"2024-01-0{d}").to_pydatetime() for d in (1, 2, 3, 4)],
    }[form.kind]
    X = form.frame({"a": values, "b": values[::-1], "c": values}, rest=True)
    fitted = check_container_contract(DropCorrelated(1.0, columns=[0, 1, 2]), X)
    assert list(fitted.dropped_columns_.values()) == [fitted.columns_[0]]


def test_a_column_is_kept_that_has_values_where_the_other_has_none():
    full = np.arange(20.0)
    sparse = np.where(full < 6, full, np.nan)
    X = pd.DataFrame({"sparse": sparse, "full": full})
    assert DropCorrelated().fit(X).dropped_columns_ == {}
    assert DropCorrelated().fit(X[["full", "sparse"]]).dropped_columns_ == {"sparse": "full"}


def test_the_size_of_numbers_does_not_matter():
    X = pd.DataFrame({"a": [1.0, 2.0, 4.0], "huge": [1e300, 2e300, 4e300], "tiny": [1e-300] * 3})
    X["tiny"] *= X["a"]
    assert DropCorrelated().fit(X).dropped_columns_ == {"huge": "a", "tiny": "a"}
