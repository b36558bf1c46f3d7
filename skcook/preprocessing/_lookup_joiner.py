"""Add the columns of a table to the rows of another."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.base._column_transformer import select_columns
from skcook.base._flow import Lookup, parts
from skcook.exceptions import ColumnsError, ColumnValuesError, PlanRefused
from skcook.utils._columns import KINDS, is_missing, is_object_column, kind_of, new_series
from skcook.utils._frames import Table, TableColumns, read_input, read_table
from skcook.utils._keys import KeyIndex, key_kind, read_key
from skcook.utils._packing import pack, taken, unpack
from skcook.utils._validation import did_you_mean, in_words


class LookupJoiner(BaseColumnTransformer):
    """Look up each row's key in a table and add the columns found there.

    A left join that never changes the number, the order or the index of the rows: a key that the
    table has twice is refused, a key that it has not gives missing values.

    Parameters
    ----------
    table : DataFrame of pandas or polars
        The table; its keys must be there, and different. It is neither changed nor copied, not
        even by ``clone``.
    on : str, list of str, or dict
        The key columns, of the same names in X and in the table; or a dict from the columns of X
        (names or positions) to those of the table.
    columns : str or list of str, default=None
        The columns of the table to add; None adds all but the keys.
    suffix : str, default=None
        Put behind the name of an added column that X has already, as in "price_shop". None refuses
        such a name.
    how : {"left"}, default="left"
        The only join that keeps each row of X, once, at its place; a transformer must, since the
        target has these rows. "inner", "outer" and others are refused, with what to do instead.

    Attributes
    ----------
    joined_columns_ : list of str
        The columns added, at the end, by the names that they have there.
    key_columns_ : list of str
        The key columns of X.
    columns_ : list of str
        The same.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    skrub.Joiner : Joins on keys that are only similar.
    skrub.AggJoiner : Aggregates many rows of a table first.

    Notes
    -----
    A missing key is found nowhere. Keys match across containers and dtypes, strings with
    categories and whole numbers with floats; a number never matches a string, and such a pair is
    refused.

    Columns added to a pandas frame are of dtypes that can hold missing values, whether any key is
    unseen or not: integers are ``Int64`` and the like, booleans ``boolean``, strings ``str``.

    Saved, it keeps of the table only the columns that it uses.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import LookupJoiner
    >>> shops = pd.DataFrame({"shop": ["A", "B"], "city": ["Ulm", "Bern"], "size": [3, 9]})
    >>> X = pd.DataFrame({"shop": ["B", "C", "B"], "price": [1.0, 2.0, 3.0]})
    >>> LookupJoiner(shops, on="shop").fit_transform(X)
      shop  price  city  size
    0    B    1.0  Bern     9
    1    C    2.0   NaN  <NA>
    2    B    3.0  Bern     9
    >>> LookupJoiner(pd.concat([shops, shops[:1]]), on="shop").fit(X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: LookupJoiner: the table has 1 key more than once: 'A'. A
    join would multiply rows; keep one row of each, with drop_duplicates or an aggregation.
    """

    _default_kinds = frozenset(KINDS) - {"object"}
    _allowed_kinds = frozenset(KINDS) - {"object"}

    _cached_index: KeyIndex | None = None

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "table": "no_validation",
        "on": [str, "array-like", Mapping],
        "columns": [str, "array-like", None],
        "suffix": [str, None],
        "how": [str],
    }

    def __init__(self, table, *, on, columns=None, suffix=None, how="left"):
        self.table = table
        self.on = on
        self.columns = columns
        self.suffix = suffix
        self.how = how

    def _read_fit(self, X):
        if self.how != "left":
            raise ValueError(_refused_join(self.how))
        table = read_input(self, X, reset=True)
        lookup = self._lookup()
        wanted, keys = zip(*self._pairs().items(), strict=True)
        sources = self._joined(lookup, list(keys))
        for setting, named in (("on", keys), ("columns", sources)):
            if len(set(named)) < len(named):
                raise ColumnsError(
                    f"LookupJoiner: `{setting}` names a column of the table more than once: "
                    f"{', '.join(map(repr, named))}."
                )
        found = [
            select_columns(table, [column], self._default_kinds, X, type(self).__name__)[0]
            for column in wanted
        ]
        pairs = dict(zip(found, keys, strict=True))
        self.key_columns_ = self.columns_ = [c for c in table.native.columns if c in pairs]
        self._check_kinds(table.columns(self.columns_))
        names = self._input_names()
        self._sources = {
            f"{name}{self.suffix or ''}" if name in names else name: name for name in sources
        }
        self.joined_columns_ = list(self._sources)
        clashes = [name for name in self.joined_columns_ if name in names]
        if clashes or len(self._sources) < len(sources):
            clash = clashes[0] if clashes else f"{sources[0]}{self.suffix}"
            raise ColumnsError(
                f"LookupJoiner: X has a column {clash!r} already. Set `suffix`, rename it in the "
                "table, or name the columns to add by `columns`."
            )
        self._learn(lookup, [pairs[name] for name in self.columns_])
        return table

    def _fit_columns(self, frame, y):
        self._check_key_kinds(frame)

    def _transform_columns(self, frame):
        self._check_key_kinds(frame)
        rows = self._index().find([read_key(frame[name]) for name in self.columns_])
        container = "pandas" if isinstance(frame[self.columns_[0]], pd.Series) else "polars"
        used = np.unique(rows[rows >= 0])
        places = np.where(rows < 0, -1, np.searchsorted(used, rows))
        out = {}
        for name in self.joined_columns_:
            column = taken(unpack(self._values[name], container, name, rows=used), places)
            column = column.array if container == "pandas" else column
            out[name] = [new_series(name, column, frame)]
        return out

    def _names_added(self, given):
        return list(self.joined_columns_)

    def _plan_column(self, column, i):
        return [column]

    def _plan_added(self, selected):
        if len(self.columns_) > 1:
            raise PlanRefused("LookupJoiner by several keys has no plan")
        column = selected[self.columns_[0]]
        if column.kind not in ("text", "number") or column.ops:
            raise PlanRefused(f"LookupJoiner by a key of {column.kind} ({column.dtype})")
        (key,) = (unpack(packed, "pandas", name) for name, packed in self._keys.items())
        keys = key.to_list()
        return [self._plan_joined(name, keys, column) for name in self.joined_columns_]

    def _plan_joined(self, name, keys, column):
        """Return a joined column, looked up by the cells of the key."""
        values = unpack(self._values[name], "pandas", name)
        kind, dtype = kind_of(values), str(values.dtype)
        absent = is_missing(values)
        cells = [None if gone else v for v, gone in zip(values.to_list(), absent, strict=True)]
        pairs = dict(zip(keys, cells, strict=True))
        if kind == "numeric" and not is_object_column(values):
            table = {
                k: (np.nan if v is None else float(v),) for k, v in zip(keys, cells, strict=True)
            }
            block = Lookup(column, table, (np.nan,), 1, one_hot=False)
            now = dtype if dtype in ("Int64", "Float64", "float32") else "float64"
            return parts(block, [name], dtype=now)[0]
        if kind not in ("string", "categorical"):
            raise PlanRefused(f"LookupJoiner joins {name!r} of {kind} ({dtype})")
        null = "none" if column.null == "none" else "na" if dtype == "string" else "nan"
        joined = replace(column, kind="text", dtype=dtype, null=null, nullable=True, read="float64")
        return joined.then("map", pairs)

    def _lookup(self) -> Table:
        """Let the table in, and check that the columns wanted are there."""
        lookup = read_table(self.table, name="table")
        names, keys = list(lookup.native.columns), list(self._pairs().values())
        for column in [*keys, *self._joined(lookup, keys)]:
            if column not in names:
                match = did_you_mean(str(column), names)
                raise ColumnsError(
                    f"LookupJoiner: the table has no column {column!r}"
                    + (f"; did you mean {match!r}?" if match else ".")
                    + f" Its columns: {', '.join(names)}."
                )
        return lookup

    def _pairs(self) -> dict[Any, str]:
        """Return for each key column of X the one of the table."""
        if isinstance(self.on, Mapping):
            pairs = dict(self.on)
        else:
            names = [self.on] if isinstance(self.on, str) else list(self.on)
            pairs = {name: name for name in names}
        if not pairs:
            raise ColumnsError("LookupJoiner: `on` names no column.")
        return pairs

    def _joined(self, lookup: Table, keys: list[str]) -> list[str]:
        """Return the columns of the table to add."""
        if self.columns is None:
            return [name for name in lookup.native.columns if name not in keys]
        return np.atleast_1d(self.columns).tolist()

    def _learn(self, lookup: Table, keys: list[str]) -> None:
        """Keep the keys and the columns of the table as arrays."""
        frame = lookup.columns(keys)
        columns = [frame[key] for key in keys]
        self._check_kinds(frame)
        absent = np.any([is_missing(column) for column in columns], axis=0)
        if absent.any():
            raise ColumnValuesError(
                f"LookupJoiner: {int(absent.sum())} of {len(absent)} rows of the table have no "
                f"key in {', '.join(map(repr, keys))}. Drop them."
            )
        self._key_kinds = [key_kind(column) for column in columns]
        self._keys = {column.name: pack(column) for column in columns}
        self._cached_index = None
        repeated = self._index().repeated()
        if len(repeated):
            lists = [taken(column, repeated).to_list() for column in columns]
            values = list(dict.fromkeys(lists[0] if len(lists) == 1 else zip(*lists, strict=True)))
            raise ColumnValuesError(
                f"LookupJoiner: the table has {len(values)} key{'s' * (len(values) > 1)} more than "
                f"once: {in_words(values)}. A join would multiply rows; keep one row of each, with "
                "drop_duplicates or an aggregation."
            )
        joined = lookup.columns(list(self._sources.values()))
        self._values = {name: pack(joined[source]) for name, source in self._sources.items()}

    def _index(self) -> KeyIndex:
        if self._cached_index is None:
            columns = [unpack(packed, "pandas", name) for name, packed in self._keys.items()]
            self._cached_index = KeyIndex([read_key(column) for column in columns])
        return self._cached_index

    def _check_key_kinds(self, frame: TableColumns) -> None:
        for name, kind, key in zip(self.columns_, self._key_kinds, self._keys, strict=True):
            here = key_kind(frame[name])
            if here not in (kind, "empty"):
                raise ColumnValuesError(
                    f"LookupJoiner: column {name!r} of X is {here}, and column {key!r} of the "
                    f"table is {kind}, so that no key would ever be found. Convert one of them."
                )

    def __sklearn_clone__(self):
        # The table is data, not a setting: a deep copy of it for each clone is not wanted.
        twin = type(self)(**self.get_params(deep=False))
        for name in ("_sklearn_output_config", "_metadata_request"):
            if name in vars(self):
                setattr(twin, name, vars(self)[name])
        return twin

    def __getstate__(self):
        state = {**super().__getstate__(), "_cached_index": None}
        state["table"] = self._packed_table()
        return state

    def __setstate__(self, state):
        state = dict(state)
        packed = state["table"]
        if isinstance(packed, dict) and "columns" in packed and "container" in packed:
            columns = {
                name: unpack(column, packed["container"], name, like_packed=True)
                for name, column in packed["columns"].items()
            }
            state["table"] = _frame(columns, packed["container"])
        super().__setstate__(state)

    def _packed_table(self) -> Any:
        """Return what is used of the table in plain form; as it is, if it is no table at all."""
        try:
            lookup = self._lookup()
        except (TypeError, ValueError):
            return self.table
        keys = list(self._pairs().values())
        wanted = list(dict.fromkeys([*keys, *self._joined(lookup, keys)]))
        frame = lookup.columns(wanted)
        columns = {name: pack(frame[name]) for name in wanted}
        container = "polars" if lookup.container == "polars" else "pandas"
        return {"container": container, "columns": columns}


def _refused_join(how: str) -> str:
    """Say why a join cannot be a step, and what to do instead."""
    advice = {
        "inner": "drops the rows of X whose key the table lacks. Drop them before the pipeline, "
        "from y as well: X[X[key].isin(table[key])]",
        "outer": "adds the rows of the table that X lacks, for which there is no y. Join before "
        "the pipeline, with merge or join",
        "right": "drops rows of X and adds rows of the table. Join before the pipeline, or swap X "
        "and the table",
        "cross": "multiplies the rows of X. Join before the pipeline",
    }
    return (
        f"LookupJoiner: how={how!r} {advice.get(how, 'is no join that keeps each row of X')}. A "
        "step of a pipeline keeps each row at its place: how='left'."
    )


def _frame(columns: dict[str, Any], container: str) -> Any:
    first = next(iter(columns.values()))
    frame = first.to_frame()
    if container == "pandas":
        return frame.assign(**{name: column.array for name, column in columns.items()})
    return frame.with_columns(*columns.values())
