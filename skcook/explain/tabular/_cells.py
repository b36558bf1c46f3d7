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

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.utils._columns import (
    NULLS,
    in_zone,
    is_missing,
    kind_of,
    native_of,
    null_name,
    numeric_values,
    objects,
    polars_times,
    read_durations,
    read_times,
    to_list,
)
from skcook.utils._frames import container_of, is_frame, read_table
from skcook.utils._optional import import_optional
from skcook.utils._packing import as_dtype
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
        series = [table.frame[name].to_native() for name in names]
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
                {"dtype": _name(dtype)} if _is_plain(dtype) else _describe(X.iloc[:, j])
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
        index: Any = self._stamps(j, cells[~missing])
        if self.kinds[j] == "duration":
            index = pd.TimedeltaIndex(index)
        else:
            index, zone = pd.DatetimeIndex(index), self.dtypes[j].get("zone")
            index = in_zone(index, zone) if zone else index
        times = iter(index)
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
        """Return a column's cells; shape (n_rows,)."""
        native, missing, kind = native_of(column), is_missing(column), self.kinds[j]
        if not self.is_quantity(j):
            out = objects(to_list(native))
            out[missing] = None
            return out
        try:
            if kind == "numeric":
                if kind_of(native) not in ("numeric", "boolean"):
                    native = pd.Series(to_list(native), dtype=object)
                return np.array(numeric_values(native))
            if kind == "datetime" and not missing.all():
                self._check_zone(j, native, missing)
            if kind_of(native) != kind:
                native = pd.Series(to_list(native), dtype=object).mask(missing, None)
            if kind == "duration":
                ticks = pd.TimedeltaIndex(read_durations(native)).as_unit(self.unit).asi8
            else:
                ticks = pd.DatetimeIndex(read_times(native)[1]).as_unit(self.unit).asi8
            return np.where(missing, np.nan, ticks.astype(np.float64))
        except (TypeError, ValueError) as exc:
            raise ValueError(
                f"Column {self.names[j]!r} was {kind} in the background; "
                f"these rows hold something else: {exc}"
            ) from exc

    def _check_zone(self, j: int, native: Any, missing: np.ndarray) -> None:
        """Refuse times without a zone in a column that has one, and the reverse."""
        if self.dtypes[j]["dtype"] == "object":
            return
        first = next(v for v, absent in zip(native, missing, strict=True) if not absent)
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
        spec, kind = self.dtypes[j], self.kinds[j]
        dtype = spec["dtype"]
        if "categories" in spec:
            categories = pd.Index(spec["categories"], dtype=spec["categories_dtype"])
            if new := _new_levels(spec, values):
                categories = categories.append(pd.Index(new))
            return pd.Series(pd.Categorical(values, categories, ordered=spec["ordered"]))
        if "storage" in spec:
            text = pd.StringDtype(spec["storage"], na_value=NULLS[spec["missing"]])
            return pd.Series(values, dtype=text)
        if kind in ("datetime", "duration"):
            column = pd.Series(self._stamps(j, values))
            if kind == "datetime" and spec.get("zone"):
                column = column.dt.tz_localize("UTC")
            return column.astype(dtype)
        if dtype == "object":
            if self.is_quantity(j):
                return pd.Series(self._restore_objects(j, values), dtype=object)
            missing = np.array([value is None for value in values])
            if missing.any():
                values = values.copy()
                values[missing] = NULLS[spec["missing"]]
            return pd.Series(values, dtype=object)
        if "scale" in spec:
            exact = [None if v != v else Decimal(f"{v:.{spec['scale']}f}") for v in values]
            return as_dtype(pd.Series(exact, dtype=object), dtype)
        # Without a missing value to write, numpy's integers and booleans widen.
        if kind == "numeric" and "int" in dtype.lower():
            if dtype[:1] in "iu" and "[" not in dtype and np.isnan(values).any():
                return pd.Series(values)
            values = np.rint(values)
        elif dtype == "bool":
            return pd.Series(values) if None in values else pd.Series(values.astype(bool))
        return as_dtype(pd.Series(values), dtype)

    def _stamps(self, j: int, values: np.ndarray) -> np.ndarray:
        missing = np.isnan(values)
        dtype = f"{'m' if self.kinds[j] == 'duration' else 'M'}8[{self.unit}]"
        stamps = np.where(missing, 0, values).astype(np.int64).astype(dtype)
        stamps[missing] = "NaT"
        return stamps

    def _polars(self, j: int, values: np.ndarray, polars: Any) -> Any:
        name, spec = self.names[j], self.dtypes[j]
        dtype = getattr(polars, spec["dtype"])
        if self.kinds[j] in ("datetime", "duration"):
            column = polars_times(name, self._stamps(j, values), spec.get("zone", ""))
        elif self.kinds[j] == "numeric":
            column = polars.Series(name, values, nan_to_null=True)
            column = column.round() if "Int" in spec["dtype"] else column
        elif spec["dtype"] == "Enum":
            column = polars.Series(name, list(values), dtype=polars.String)
            dtype = polars.Enum([*spec["categories"], *_new_levels(spec, values)])
        else:
            return polars.Series(name, list(values), dtype=dtype)
        if spec["dtype"] == "Datetime":
            dtype = dtype(spec["time_unit"], spec.get("zone"))
        elif spec["dtype"] == "Duration":
            dtype = dtype(spec["time_unit"])
        elif spec["dtype"] == "Decimal":
            dtype = dtype(spec["precision"], spec["scale"])
        return column.cast(dtype)


def _new_levels(spec: dict[str, Any], values: np.ndarray) -> list[Any]:
    """Return the values of a choice that are none of its levels."""
    known = set(spec["categories"])
    return list(dict.fromkeys(v for v in values if v is not None and v not in known))


def _essence(spec: dict[str, Any]) -> dict[str, Any]:
    essence = {k: v for k, v in spec.items() if k not in ("missing", "integers")}
    if "numpy" in essence:
        # Of an array, the kind of number matters; of words, not even their length.
        dtype = np.dtype(essence["numpy"])
        return {"numpy": dtype.kind if dtype.kind in "USO" else dtype.str}
    return essence


def _plain_label(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


#: numpy works the name of a dtype out anew each time.
_name = cache(str)


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu"


def _describe(native: Any) -> dict[str, Any]:
    """Return the dtype of a column as plain values."""
    dtype = native.dtype
    if not isinstance(native, pd.Series):
        spec: dict[str, Any] = {"dtype": type(dtype).__name__}
        if spec["dtype"] == "Enum":
            spec["categories"] = dtype.categories.to_list()
        for key in ("time_unit", "precision", "scale"):
            if hasattr(dtype, key):
                spec[key] = getattr(dtype, key)
        if getattr(dtype, "time_zone", None):
            spec["zone"] = str(dtype.time_zone)
        return spec
    spec = {"dtype": str(dtype)}
    if isinstance(dtype, pd.CategoricalDtype):
        spec["categories"] = dtype.categories.tolist()
        spec["categories_dtype"] = str(dtype.categories.dtype)
        spec["ordered"] = bool(dtype.ordered)
    elif isinstance(dtype, pd.StringDtype):
        spec["storage"] = dtype.storage
        spec["missing"] = null_name(dtype.na_value)
    elif isinstance(dtype, pd.ArrowDtype) and hasattr(dtype.pyarrow_dtype, "scale"):
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
