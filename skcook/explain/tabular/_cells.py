"""Cells: a frame as plain arrays, and back to exactly the frame it was.

A model must be asked with the container, columns, order and dtypes it was fitted on, and an
explainer must live in a model file, where no frame may be. `Layout` remembers what a frame looks
like as plain values; `Layout.cells` takes any frame apart into one array per column, float64 for
what is a quantity (numbers, dates, durations) and objects for the rest, missing values as NaN and
None; `Layout.frame` puts arrays together again.

>>> import pandas as pd
>>> from skcook.explain.tabular._cells import Layout
>>> X = pd.DataFrame({"age": [31, 45], "sex": pd.Categorical(["f", None])})
>>> layout = Layout.of(X)
>>> layout.frame(layout.cells(X)).equals(X)
True
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.utils._columns import (
    NULLS,
    is_missing,
    is_pandas,
    kind_of,
    native_of,
    null_name,
    numeric_values,
    read_durations,
    read_times,
)
from skcook.utils._frames import container_of, is_frame, read_table
from skcook.utils._optional import import_optional
from skcook.utils._validation import check_columns

QUANTITIES = ("numeric", "datetime", "duration")


@dataclass
class Layout:
    """What a frame looks like, as plain values; times are counted in `unit`."""

    container: str
    names: list[str]
    labels: list[Any] | None
    kinds: list[str]
    dtypes: list[dict[str, Any]]
    #: Nanoseconds, as in files of before, do not reach the dates that stand for "never".
    unit: str = "us"

    @classmethod
    def of(cls, X: Any) -> "Layout":
        """Describe a frame."""
        table = read_table(X)
        names = list(table.frame.columns)
        series = [table.frame[name] for name in names]
        dtypes = [_describe(s) for s in series]
        if table.container == "numpy":
            dtypes = [{"numpy": X.dtype.str, **dtype} for dtype in dtypes]
        labels = [_plain_label(label) for label in table.labels] if table.labels else None
        return cls(table.container, names, labels, [kind_of(s) for s in series], dtypes)

    def known_names(self) -> list[Any]:
        """Return the columns' names as a user writes them."""
        return self.names if self.labels is None else self.labels

    def display_names(self) -> list[str]:
        """Return the columns' names as an explanation writes them."""
        return [
            " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)
            for name in self.known_names()
        ]

    def rows(self, X: Any) -> tuple[Any, list[Any] | None]:
        """Return rows with these columns in this order, and their labels, None for positions."""
        if isinstance(X, dict):
            X = pd.DataFrame([X])
        elif isinstance(X, pd.Series):
            X = X.to_frame().T.infer_objects()
        elif container_of(X) is None:
            X = np.asarray(X, dtype=object)
        if is_frame(X) and self.container != "numpy":
            wanted, given = self.known_names(), list(X.columns)
            if given != wanted:
                check_columns([str(name) for name in given], [str(name) for name in wanted])
                order = [given.index(name) for name in wanted]
                X = X.iloc[:, order] if hasattr(X, "iloc") else X[wanted]
        elif X.ndim != 2 or X.shape[1] != len(self.names):
            raise ColumnsError(
                f"X must have the {len(self.names)} columns of the background; "
                f"it has shape {X.shape}."
            )
        index = getattr(X, "index", None)
        if not isinstance(index, pd.Index) or index.equals(pd.RangeIndex(len(X))):
            return X, None
        return X, index.tolist()

    def position(self, name: Any, where: str) -> int:
        """Return the place of a column that a parameter names."""
        known = self.known_names()
        if name in known:
            return known.index(name)
        if name in self.names:
            return self.names.index(name)
        if isinstance(name, int) and self.container == "numpy" and 0 <= name < len(known):
            return name
        raise ColumnsError(
            f"{where} names {name!r}, and there is no such column; the columns are: "
            f"{', '.join(map(repr, known[:30]))}."
        )

    def is_quantity(self, j: int) -> bool:
        """Tell whether column `j` holds numbers, dates or durations."""
        return self.kinds[j] in QUANTITIES

    def same_dtypes(self, X: Any) -> bool:
        """Tell whether a frame has this container and these dtypes."""
        if container_of(X) != self.container:
            return False
        if self.container == "numpy":
            return _essence({"numpy": X.dtype.str}) == _essence(self.dtypes[0])
        if self.container == "pandas":
            dtypes = [
                # What a column holds tells more than its dtype only where that is no number.
                {"dtype": _name(dtype)} if _is_plain(dtype) else _describe_pandas(X.iloc[:, j])
                for j, dtype in enumerate(X.dtypes)
            ]
        else:
            dtypes = Layout.of(X).dtypes
        pairs = zip(dtypes, self.dtypes, strict=True)
        return all(_essence(new) == _essence(old) for new, old in pairs)

    def to_display(self, j: int, cells: np.ndarray) -> list[Any]:
        """Return cells of column `j` as the column would hold them; None if missing."""
        if not self.is_quantity(j):
            return list(cells)
        missing = np.isnan(cells)
        if self.kinds[j] == "numeric":
            spec = self.dtypes[j]
            whole = "int" in spec["dtype"].lower() or spec.get("integers")
            values = cells.tolist()
            if whole:
                values = [int(v) if v == v and v.is_integer() else v for v in values]
            return [None if absent else v for v, absent in zip(values, missing, strict=True)]
        zone = self.dtypes[j].get("zone")
        times = read_ticks(cells[~missing], self.kinds[j], zone, self.unit)
        return [None if absent else next(times) for absent in missing]

    def quantity(self, j: int, value: Any) -> float:
        """Return one value of a column of numbers, dates or durations as its cell."""
        if self.kinds[j] == "numeric":
            return float(value)
        if self.kinds[j] == "duration":
            return float(pd.Timedelta(value).as_unit(self.unit)._value)
        stamp, zone = pd.Timestamp(value), self.dtypes[j].get("zone")
        if zone and stamp.tzinfo is None:
            stamp = stamp.tz_localize(zone)
        return float(stamp.as_unit(self.unit)._value)

    def cells(self, X: Any) -> list[np.ndarray]:
        """Take a frame apart.

        Shapes: returns cells (n_rows,).
        """
        container = container_of(X)
        if container == "numpy" and X.dtype.kind in "fiu" and set(self.kinds) == {"numeric"}:
            return list(X.T.astype(np.float64))
        if container == "pandas":
            # One row of a server: narwhals, and pandas by column, would cost more than the
            # explanation.
            plain = [
                kind == "numeric" and _is_plain(dtype)
                for kind, dtype in zip(self.kinds, X.dtypes, strict=True)
            ]
            numbers = X if all(plain) else X.loc[:, plain]
            quick = iter(numbers.to_numpy(np.float64).T)
            return [
                next(quick) if is_quick else self._read(j, X.iloc[:, j])
                for j, is_quick in enumerate(plain)
            ]
        frame = read_table(X).frame
        return [self._read(j, frame[name]) for j, name in enumerate(frame.columns)]

    def _read(self, j: int, column: Any) -> np.ndarray:
        missing = is_missing(column)
        if not self.is_quantity(j):
            native = native_of(column)
            out = np.empty(len(native), dtype=object)
            out[:] = native.astype(object).to_numpy() if is_pandas(native) else native.to_list()
            out[missing] = None
            return out
        series = nw.from_native(native_of(column), series_only=True)
        try:
            if self.kinds[j] == "numeric":
                if kind_of(series) in ("string", "object", "categorical"):
                    native = series.to_native()
                    native = native.astype(object) if isinstance(native, pd.Series) else native
                    return pd.to_numeric(pd.Series(list(native), dtype=object)).to_numpy(float)
                if kind_of(series) == "empty":
                    return np.full(len(series), np.nan)
                return np.array(numeric_values(series))
            if self.kinds[j] == "datetime" and not missing.all():
                self._check_zone(j, series, missing)
            return self._ticks(series, missing, self.kinds[j])
        except (TypeError, ValueError) as exc:
            raise ValueError(
                f"Column {self.names[j]!r} was {self.kinds[j]} in the background; "
                f"these rows hold something else: {exc}"
            ) from exc

    def _ticks(self, series: nw.Series, missing: np.ndarray, kind: str) -> np.ndarray:
        """Return dates (since 1970) or durations as counts of the unit, NaN if missing."""
        native = native_of(series)
        if kind_of(series) != kind:
            native = pd.Series(list(native), dtype=object).mask(missing, None)
        if kind == "duration":
            ticks = pd.TimedeltaIndex(read_durations(native)).as_unit(self.unit).asi8
        else:
            ticks = pd.DatetimeIndex(read_times(native)[1]).as_unit(self.unit).asi8
        return np.where(missing, np.nan, ticks.astype(np.float64))

    def _check_zone(self, j: int, series: nw.Series, missing: np.ndarray) -> None:
        """Refuse times without a zone in a column that has one, and the reverse."""
        if self.dtypes[j]["dtype"] == "object":
            return
        first = next(v for v, absent in zip(series.to_native(), missing, strict=True) if not absent)
        given, zone = pd.Timestamp(first).tzinfo is not None, self.dtypes[j].get("zone")
        if given and not zone:
            raise ValueError("times with a zone, and the column's have none. Remove the zone.")
        if zone and not given:
            raise ValueError(f"times without a zone, and the column's are of {zone}. Add it.")

    def frame(self, cells: list[np.ndarray]) -> Any:
        """Put a frame together.

        Shapes: cells (n_rows,).
        """
        if self.container == "numpy":
            return self._array(cells)
        if self.container == "polars":
            polars = import_optional(
                "polars", feature="A model fitted on polars frames", extra="all"
            )
            return polars.DataFrame(
                [self._polars(j, values, polars) for j, values in enumerate(cells)]
            )
        columns = {
            name: self._pandas(j, values)
            for j, (name, values) in enumerate(zip(self.names, cells, strict=True))
        }
        frame = pd.DataFrame(columns, copy=False)
        return frame if self.labels is None else frame.set_axis(pd.Index(self.labels), axis=1)

    def _array(self, cells: list[np.ndarray]) -> np.ndarray:
        dtype = np.dtype(self.dtypes[0]["numpy"])
        if dtype.kind in "biuf":
            out = np.column_stack(cells)
            if dtype.kind in "iu" and np.isfinite(out).all():
                return np.rint(out).astype(dtype)
            return out.astype(dtype if dtype.kind in "f" else np.float64)
        out = np.empty((len(cells[0]), len(cells)), dtype=object)
        for j, values in enumerate(cells):
            column = self._restore_objects(j, values) if self.is_quantity(j) else values
            out[:, j] = column
        if dtype.kind in "US" and not any(value is None for value in out.flat):
            return out.astype(dtype.kind)
        return out

    def _restore_objects(self, j: int, values: np.ndarray) -> np.ndarray:
        """Return a quantity as Python objects, as an object column holds them."""
        out = values.astype(object)
        if self.dtypes[j].get("integers"):
            whole = np.isfinite(values)
            out[whole] = np.rint(values[whole]).astype(np.int64)
        out[np.isnan(values)] = NULLS[self.dtypes[j].get("missing", "nan")]
        return out

    def _pandas(self, j: int, values: np.ndarray) -> pd.Series:
        spec = self.dtypes[j]
        dtype = spec["dtype"]
        if self.kinds[j] in ("datetime", "duration"):
            stamps = self._stamps(values, self.kinds[j])
            if dtype == "object":
                return pd.Series(stamps).astype(object)
            if self.kinds[j] == "datetime" and spec.get("zone"):
                return pd.Series(stamps).dt.tz_localize("UTC").astype(dtype)
            return pd.Series(stamps).astype(dtype)
        if "categories" in spec:
            categories = pd.Index(spec["categories"], dtype=spec["categories_dtype"])
            known = set(spec["categories"])
            new = list(dict.fromkeys(v for v in values if v is not None and v not in known))
            if new:
                categories = categories.append(pd.Index(new))
            return pd.Series(pd.Categorical(values, categories, ordered=spec["ordered"]))
        if "storage" in spec:
            return pd.Series(
                values, dtype=pd.StringDtype(spec["storage"], na_value=NULLS[spec["missing"]])
            )
        if self.is_quantity(j):
            if dtype == "object":
                return pd.Series(self._restore_objects(j, values), dtype=object)
            missing = np.isnan(values)
            if "scale" in spec:
                pyarrow = import_optional("pyarrow", feature="An Arrow column", extra="batch")
                arrow = pd.ArrowDtype(pyarrow.decimal128(spec["precision"], spec["scale"]))
                exact = [None if v != v else Decimal(f"{v:.{spec['scale']}f}") for v in values]
                return pd.Series(exact, dtype=arrow)
            parsed = pd.api.types.pandas_dtype(dtype)
            if pd.api.types.is_integer_dtype(parsed):
                if isinstance(parsed, np.dtype) and missing.any():
                    return pd.Series(values)
                values = np.rint(values)
            if isinstance(parsed, np.dtype):
                return pd.Series(values.astype(parsed))
            boxed = values.astype(object)
            boxed[missing] = None
            return pd.Series(pd.array(boxed, dtype=parsed))
        missing = np.array([value is None for value in values])
        if dtype == "bool":
            return pd.Series(values) if missing.any() else pd.Series(values.astype(bool))
        if dtype == "object":
            if missing.any():
                values = values.copy()
                values[missing] = NULLS[spec["missing"]]
            return pd.Series(values, dtype=object)
        if dtype in ("string[pyarrow]", "large_string[pyarrow]"):
            # pandas reads these names as its own StringDtype.
            pyarrow = import_optional("pyarrow", feature="An Arrow column", extra="batch")
            dtype = pd.ArrowDtype(getattr(pyarrow, dtype.removesuffix("[pyarrow]"))())
        return pd.Series(list(values), dtype=dtype)

    def _stamps(self, values: np.ndarray, kind: str) -> np.ndarray:
        missing = np.isnan(values)
        dtype = f"{'m' if kind == 'duration' else 'M'}8[{self.unit}]"
        stamps = np.where(missing, 0, values).astype(np.int64).astype(dtype)
        stamps[missing] = "NaT"
        return stamps

    def _polars(self, j: int, values: np.ndarray, polars: Any) -> Any:
        name, spec = self.names[j], self.dtypes[j]
        kind = self.kinds[j]
        if kind in ("datetime", "duration"):
            stamps = self._stamps(values, kind)
            series = polars.Series(name, stamps)
            if spec.get("zone"):
                series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(spec["zone"])
            return series.cast(_polars_dtype(spec, polars))
        if kind == "numeric":
            series = polars.Series(name, values, nan_to_null=True)
            if "Int" in spec["dtype"]:
                series = series.round()
            return series.cast(_polars_dtype(spec, polars))
        if spec["dtype"] == "Enum":
            known = set(spec["categories"])
            new = list(dict.fromkeys(v for v in values if v is not None and v not in known))
            return polars.Series(name, list(values), dtype=polars.String).cast(
                polars.Enum([*spec["categories"], *new])
            )
        return polars.Series(name, list(values), dtype=_polars_dtype(spec, polars))


def _essence(spec: dict[str, Any]) -> dict[str, Any]:
    essence = {k: v for k, v in spec.items() if k not in ("missing", "integers")}
    if "numpy" in essence:
        # Of an array, the kind of number matters; of words, not even their length.
        dtype = np.dtype(essence["numpy"])
        return {"numpy": dtype.kind if dtype.kind in "USO" else dtype.str}
    return essence


def _plain_label(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _describe(series: nw.Series) -> dict[str, Any]:
    native = series.to_native()
    if not isinstance(native, pd.Series):
        dtype = series.dtype
        spec: dict[str, Any] = {"dtype": type(native.dtype).__name__}
        if dtype == nw.Enum:
            spec["categories"] = native.dtype.categories.to_list()
        for key in ("time_unit", "precision", "scale"):
            if hasattr(native.dtype, key):
                spec[key] = getattr(native.dtype, key)
        if getattr(native.dtype, "time_zone", None):
            spec["zone"] = str(native.dtype.time_zone)
        return spec
    return _describe_pandas(native)


#: numpy works the name of a dtype out anew each time.
_name = cache(str)


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu"


def _describe_pandas(native: pd.Series) -> dict[str, Any]:
    dtype = native.dtype
    spec: dict[str, Any] = {"dtype": str(dtype)}
    if isinstance(dtype, pd.CategoricalDtype):
        spec["categories"] = dtype.categories.tolist()
        spec["categories_dtype"] = str(dtype.categories.dtype)
        spec["ordered"] = bool(dtype.ordered)
    elif isinstance(dtype, pd.StringDtype):
        spec["storage"] = dtype.storage
        spec["missing"] = null_name(dtype.na_value)
    elif isinstance(dtype, pd.ArrowDtype) and hasattr(dtype.pyarrow_dtype, "scale"):
        spec["precision"] = dtype.pyarrow_dtype.precision
        spec["scale"] = dtype.pyarrow_dtype.scale
    elif isinstance(dtype, pd.ArrowDtype) and getattr(dtype.pyarrow_dtype, "tz", None):
        spec["zone"] = str(dtype.pyarrow_dtype.tz)
    elif isinstance(dtype, pd.DatetimeTZDtype):
        spec["zone"] = str(dtype.tz)
    elif dtype == np.dtype(object):
        kinds = [null_name(value) for value in native[native.isna()]]
        spec["missing"] = kinds[0] if kinds else "none"
        spec["integers"] = pd.api.types.infer_dtype(native, skipna=True) == "integer"
    return spec


def _polars_dtype(spec: dict[str, Any], polars: Any) -> Any:
    dtype = getattr(polars, spec["dtype"])
    if spec["dtype"] == "Datetime":
        return dtype(spec["time_unit"], spec.get("zone"))
    if spec["dtype"] == "Duration":
        return dtype(spec["time_unit"])
    if spec["dtype"] == "Decimal":
        return dtype(spec["precision"], spec["scale"])
    return dtype


def read_ticks(ticks: np.ndarray, kind: str, zone: str | None, unit: str) -> Iterator[Any]:
    """Yield counts of a unit as durations, or as times of a zone."""
    whole = ticks.astype(np.int64)
    if kind == "duration":
        return (pd.Timedelta(span) for span in whole.astype(f"m8[{unit}]"))
    stamps = (pd.Timestamp(time) for time in whole.astype(f"M8[{unit}]"))
    return (s.tz_localize("UTC").tz_convert(zone) if zone else s for s in stamps)
