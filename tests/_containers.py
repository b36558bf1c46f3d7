"""The container matrix: every form that a column can come in, and the contract that all must keep.

A `Form` builds the same values in one container and dtype; `plain` reads any result back as
Python values, so that results compare across containers; `check_container_contract` holds what
every transformer promises, whatever came in.

>>> [plain(form.frame({"a": ["x", None]})) for form in forms("string")[:2]]
[[['x', None]], [['x', None]]]
"""

import copy
import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

OUTPUTS = ("default", "pandas", "polars")

#: What stands for a missing value in a pandas column of objects.
MISSING = {
    "None": None,
    "nan": float("nan"),
    "np.nan": np.nan,
    "pd.NA": pd.NA,
    "NaT": pd.NaT,
}


@dataclass(frozen=True)
class Form:
    """One container and dtype that values of a kind can come in."""

    name: str
    container: str
    kind: str
    make: Callable[[Sequence[Any]], Any]

    def column(self, values: Sequence[Any]) -> Any:
        """Build a column; None stands for missing."""
        return self.make(list(values))

    def frame(self, columns: dict[str, Sequence[Any]], *, rest: bool = False) -> Any:
        """Build a frame; `rest` adds columns of other dtypes, which a step must leave alone.

        In an array there are no other dtypes, and nothing is added.
        """
        made = {name: self.column(values) for name, values in columns.items()}
        n = len(next(iter(columns.values())))
        if self.container == "numpy":
            return np.column_stack(list(made.values()))
        if self.container == "polars":
            return pl.DataFrame({**made, **(_polars_rest(n) if rest else {})})
        index = pd.Index([10 * i + 5 for i in range(n)], name="row")
        frame = pd.DataFrame({**made, **(_pandas_rest(n) if rest else {})})
        return frame.set_axis(index, axis=0)

    def __repr__(self) -> str:
        return self.name


def _pandas_rest(n: int) -> dict[str, Any]:
    start = pd.Timestamp("2024-02-28 22:00")
    return {
        "rest_small": np.arange(n, dtype="float32") / 4,
        "rest_whole": pd.array([None if i == 1 else i for i in range(n)], dtype="Int64"),
        "rest_when": pd.Series(
            [start + pd.Timedelta(hours=i) for i in range(n)], dtype="datetime64[us]"
        ),
    }


def _polars_rest(n: int) -> dict[str, Any]:
    start = pd.Timestamp("2024-02-28 22:00").to_pydatetime()
    return {
        "rest_small": pl.Series([i / 4 for i in range(n)], dtype=pl.Float32),
        "rest_whole": pl.Series([None if i == 1 else i for i in range(n)], dtype=pl.Int64),
        "rest_when": pl.Series(
            [start + dt.timedelta(hours=i) for i in range(n)], dtype=pl.Datetime("us")
        ),
    }


def _pandas(dtype: Any) -> Callable[[list], pd.Series]:
    return lambda values: pd.Series(values, dtype=dtype)


def _pandas_floats(dtype: str) -> Callable[[list], pd.Series]:
    return lambda values: pd.Series([np.nan if v is None else v for v in values], dtype=dtype)


def _arrow(make: Callable[[Any], Any]) -> Callable[[list], pd.Series]:
    def build(values: list) -> pd.Series:
        pa = pytest.importorskip("pyarrow")
        return pd.Series(values, dtype=pd.ArrowDtype(make(pa)))

    return build


def _polars(dtype: Any) -> Callable[[list], pl.Series]:
    return lambda values: pl.Series(values, dtype=dtype)


def _enum(values: list) -> pl.Series:
    known = list(dict.fromkeys(v for v in values if v is not None))
    return pl.Series(values, dtype=pl.Enum(known[::-1]))


def _category(values: list) -> pd.Series:
    # The order of the categories is deliberately not the sorted one, and one is not in the data.
    known = list(dict.fromkeys(v for v in values if v is not None))
    extra = ["~never~"] if not known or isinstance(known[0], str) else []
    return pd.Series(values, dtype=pd.CategoricalDtype([*extra, *known[::-1]]))


def _objects(values: list) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _numpy(dtype: str) -> Callable[[list], np.ndarray]:
    return lambda values: np.array([np.nan if v is None else v for v in values], dtype=dtype)


def _numpy_times(values: list) -> np.ndarray:
    return np.array(values, "datetime64[us]")


FORMS: tuple[Form, ...] = (
    Form("pandas-str", "pandas", "string", _pandas("str")),
    Form("pandas-object", "pandas", "string", _pandas(object)),
    Form("pandas-string", "pandas", "string", _pandas("string")),
    Form("pandas-string-python", "pandas", "string", _pandas(pd.StringDtype("python"))),
    Form("pandas-category", "pandas", "string", _category),
    Form("pandas-arrow-string", "pandas", "string", _arrow(lambda pa: pa.string())),
    Form("polars-String", "polars", "string", _polars(pl.String)),
    Form("polars-Categorical", "polars", "string", _polars(pl.Categorical)),
    Form("polars-Enum", "polars", "string", _enum),
    Form("numpy-object", "numpy", "string", _objects),
    Form("pandas-Int64", "pandas", "integer", _pandas("Int64")),
    Form("pandas-float64-of-integers", "pandas", "integer", _pandas_floats("float64")),
    Form("pandas-integer-objects", "pandas", "integer", _pandas(object)),
    Form("pandas-integer-category", "pandas", "integer", _category),
    Form("pandas-arrow-int", "pandas", "integer", _arrow(lambda pa: pa.int64())),
    Form("polars-Int32", "polars", "integer", _polars(pl.Int32)),
    Form("polars-Int64", "polars", "integer", _polars(pl.Int64)),
    Form("numpy-float64-of-integers", "numpy", "integer", _numpy("float64")),
    Form("pandas-float64", "pandas", "float", _pandas_floats("float64")),
    Form("pandas-float32", "pandas", "float", _pandas_floats("float32")),
    Form("pandas-Float64", "pandas", "float", _pandas("Float64")),
    Form("pandas-float-objects", "pandas", "float", _pandas(object)),
    Form("pandas-arrow-float", "pandas", "float", _arrow(lambda pa: pa.float64())),
    Form("polars-Float32", "polars", "float", _polars(pl.Float32)),
    Form("polars-Float64", "polars", "float", _polars(pl.Float64)),
    Form("numpy-float64", "numpy", "float", _numpy("float64")),
    Form("pandas-boolean", "pandas", "boolean", _pandas("boolean")),
    Form("pandas-boolean-objects", "pandas", "boolean", _pandas(object)),
    Form("pandas-arrow-bool", "pandas", "boolean", _arrow(lambda pa: pa.bool_())),
    Form("polars-Boolean", "polars", "boolean", _polars(pl.Boolean)),
    Form("numpy-boolean-objects", "numpy", "boolean", _objects),
    Form("pandas-datetime64", "pandas", "datetime", _pandas("datetime64[us]")),
    Form("pandas-arrow-timestamp", "pandas", "datetime", _arrow(lambda pa: pa.timestamp("us"))),
    Form("polars-Datetime", "polars", "datetime", _polars(pl.Datetime("us"))),
    Form("numpy-datetime64", "numpy", "datetime", _numpy_times),
    Form("pandas-date-objects", "pandas", "date", _pandas(object)),
    Form("pandas-arrow-date", "pandas", "date", _arrow(lambda pa: pa.date32())),
    Form("polars-Date", "polars", "date", _polars(pl.Date)),
)


def forms(*kinds: str) -> list[Form]:
    """Return the forms of the kinds "string", "integer", "float", "boolean", "datetime", "date"."""
    return [form for form in FORMS if form.kind in kinds]


def parametrize_forms(*kinds: str) -> Any:
    """Run a test, which takes `form`, on every form of the kinds."""
    return pytest.mark.parametrize("form", forms(*kinds), ids=repr)


def plain(X: Any) -> list[list[Any]]:
    """Return the columns of any container as lists of Python values, None where missing."""
    if hasattr(X, "toarray"):
        X = X.toarray()
    if isinstance(X, np.ndarray):
        return [[_python(v) for v in X[:, j]] for j in range(X.shape[1])]
    if isinstance(X, pd.DataFrame):
        return [[_python(v) for v in X.iloc[:, j].astype(object)] for j in range(X.shape[1])]
    return [[_python(v) for v in X[name].to_list()] for name in X.columns]


def _python(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
        if value is pd.NaT:
            return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def names_of(X: Any) -> list[str]:
    """Return the column names of a frame."""
    return list(X.columns)


def dtypes_of(X: Any) -> dict[str, Any]:
    """Return the dtype of each column of a frame."""
    return dict(zip(X.columns, X.dtypes, strict=True))


def take(X: Any, rows: slice) -> Any:
    """Return some rows of any container."""
    return X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows]


def copy_of(X: Any) -> Any:
    """Return a copy that shares nothing with `X`."""
    return X.clone() if isinstance(X, pl.DataFrame) else copy.deepcopy(X)


def assert_same_data(X: Any, Y: Any) -> None:
    """Assert that two inputs are the same, down to dtypes, names and index."""
    assert type(X) is type(Y)
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(X, Y)
    elif isinstance(X, pl.DataFrame):
        assert X.schema == Y.schema
        assert X.equals(Y)
    else:
        assert X.dtype == Y.dtype
        assert plain(X) == plain(Y)


def assert_close(got: list[list[Any]], expected: list[list[Any]], tol: float = 1e-12) -> None:
    """Assert that two results of `plain` are equal, floats within a tolerance.

    A date equals its midnight, and the category 3 equals "3": pandas has no dtype for dates, polars
    none for categories that are numbers.
    """
    assert len(got) == len(expected)
    for left, right in zip(got, expected, strict=True):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            if isinstance(a, float | int) and isinstance(b, float | int):
                assert math.isclose(a, b, rel_tol=tol, abs_tol=tol), (a, b)
            elif isinstance(a, dt.date) and isinstance(b, dt.date):
                assert pd.Timestamp(a) == pd.Timestamp(b)
            else:
                assert a == b or (isinstance(a, str) and a == str(b))


def check_container_contract(transformer: Any, X: Any, y: Any = None) -> Any:
    """Check what every transformer promises of any input; return the transformer, fitted.

    The input is not changed; rows, index and order are kept; columns that are not its own keep
    their values and dtypes; names out are the names it says; ``set_output`` changes the container
    alone; one row gives that row; no rows give none; a repeated index is no harm; columns in
    another order are refused.
    """
    before = copy_of(X)
    fitted = clone(transformer).fit(X, y)
    out = fitted.transform(X)
    assert_same_data(X, before)
    expected = plain(out)
    n = len(X)
    assert out.shape == (n, len(fitted.get_feature_names_out()))

    if not isinstance(X, np.ndarray):
        assert type(out) is type(X)
        assert names_of(out) == list(fitted.get_feature_names_out())
        kept = [c for c in names_of(X) if c not in fitted.columns_]
        assert {c: dtypes_of(out)[c] for c in kept} == {c: dtypes_of(X)[c] for c in kept}
        assert not kept or plain(out[kept]) == plain(X[kept])
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_index_equal(out.index, X.index)
        repeated = X.set_axis([7] * n, axis=0)
        pd.testing.assert_index_equal(fitted.transform(repeated).index, repeated.index)
        assert_close(plain(fitted.transform(repeated)), expected)
        assert_close(plain(clone(transformer).fit(repeated, y).transform(repeated)), expected)

    for output in OUTPUTS:
        other = clone(transformer).set_output(transform=output).fit(X, y).transform(X)
        wanted = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "default": type(out)}[output]
        assert isinstance(other, wanted)
        assert_close(plain(other), expected)
        if output != "default":
            assert names_of(other) == list(fitted.get_feature_names_out())

    assert_close(plain(fitted.transform(take(X, slice(0, 1)))), [c[:1] for c in expected])
    empty = fitted.transform(take(X, slice(0, 0)))
    assert empty.shape == (0, out.shape[1])
    if isinstance(out, pd.DataFrame | pl.DataFrame):
        assert dtypes_of(empty) == dtypes_of(out)
        if X.shape[1] > 1:
            with pytest.raises(ValueError, match="order"):
                fitted.transform(X[names_of(X)[::-1]])
    assert_same_data(X, before)
    return fitted
