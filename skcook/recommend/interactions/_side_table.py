"""What is known of users or items besides who met whom: one row per id.

A side table is a parameter of a recommender, and scikit-learn has two traps for such a parameter:
``clone`` deep-copies a frame for each fit of a search, and a frame given to ``fit`` is cut like
`X` by cross-validation if it happens to have as many rows. `SideTable` is neither copied nor cut.
"""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.recommend.interactions._ids import (
    index_of,
    joined_ids,
    pack_state,
    places_of,
    read_ids,
    unpack_state,
)
from skcook.recommend.interactions._pairs import column_name, rows_at
from skcook.utils._columns import is_missing, is_missing_value, kind_of, numeric_values
from skcook.utils._frames import is_frame, read_table
from skcook.utils._validation import did_you_mean, in_words


class SideTable:
    """A table of users or items, for a recommender.

    Each value of a column becomes a feature, for which the recommender learns an embedding: a
    category is one feature, a cell that holds several ("Action|Drama", or a list) is several, and
    a number is that one of at most `n_bins` ranges into which it falls. Ranges let a number act in
    any shape, and no unit can make a fit diverge. A missing value is no feature.

    The table is read once, here, and never changes; ``clone`` and cross-validation hand on the
    same one.

    Parameters
    ----------
    frame : DataFrame of pandas or polars
        One row per user or item.
    id : str
        The column of ids, the same as in `X`.
    columns : list of str or None, default=None
        The columns that become features; None takes all but `id` and `title`.
    title : str or None, default=None
        A column of names for people, added to every answer of the recommender.
    separator : str or None, default="|"
        What separates several values in one cell of strings; None takes each cell as it is.
    n_bins : int, default=10
        Into how many ranges, with about as many rows each, a number is cut at most.
    like : SideTable or None, default=None
        An earlier table: numbers are cut into its ranges, and its features come first. So a table
        that has grown can be given to ``partial_fit``.

    Attributes
    ----------
    ids : ndarray of shape (n_rows,)
        The ids.
    feature_names : list of str
        Such as ``"genres=Action"`` or ``"year=[1990, 1995)"``.
    origins : list of str
        The column that each comes from.
    matrix : csr_matrix of float32 of shape (n_rows, n_features)
        1 where a row has a feature.
    titles : ndarray of object of shape (n_rows,) or None
        The titles.

    Raises
    ------
    ColumnsError
        If a column is not there.
    ColumnValuesError
        If an id is missing or there twice, or a column cannot be made into features.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.recommend import SideTable
    >>> movies = pd.DataFrame({
    ...     "movie": [1, 2, 3],
    ...     "title": ["Heat", "Alien", "Big"],
    ...     "genres": ["Action|Crime", "Horror|Action", None],
    ... })
    >>> table = SideTable(movies, id="movie", title="title")
    >>> table
    SideTable(3 rows, id='movie', columns=['genres'], title='title')
    >>> table.feature_names
    ['genres=Action', 'genres=Crime', 'genres=Horror']
    >>> SideTable(movies, id="film")
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnsError: id='film': there is no such column. The columns: movie, title,
    genres.
    """

    def __init__(self, frame, *, id, columns=None, title=None, separator="|", n_bins=10, like=None):  # noqa: A002
        if not is_frame(frame):
            raise TypeError(
                "SideTable takes a DataFrame of pandas or polars; "
                f"got {type(frame).__module__}.{type(frame).__qualname__}."
            )
        table = read_table(frame, name="The side table")
        names = list(table.frame.columns)

        def name_of(wanted, parameter):
            return column_name(wanted, None, names, table.labels, parameter)

        self.id = name_of(id, "id")
        self.title = None if title is None else name_of(title, "title")
        if isinstance(columns, str):
            raise ColumnsError(f"columns must be a list of columns, such as [{columns!r}].")
        self.columns = (
            [name for name in names if name not in (self.id, self.title)]
            if columns is None
            else [name_of(column, "columns") for column in columns]
        )
        if self.id in self.columns:
            raise ColumnsError(f"columns names the id {self.id!r}, which every row has alone.")
        self.ids = _unique_ids(table.frame[self.id], self.id)
        self.titles = None if self.title is None else _titles(table.frame[self.title])
        self.numbers = {
            name: numeric_values(table.frame[name])
            for name in self.columns
            if kind_of(table.frame[name]) == "numeric"
        }
        self.edges = {name: _edges(values, n_bins) for name, values in self.numbers.items()}
        parts = [
            _of_numbers(self.numbers[name], name, self.edges[name])
            if name in self.numbers
            else _features(table.frame[name], name, separator=separator)
            for name in self.columns
        ]
        self._join(parts)
        if like is not None:
            self.__dict__.update(self.cut_like(like).__dict__)
            self._order_features(like.feature_names, like)

    def cut_like(self, other):
        """Return this table with the ranges of numbers of another.

        Parameters
        ----------
        other : SideTable
            An earlier table. Of its ranges also those are kept that no row of this table is in.

        Returns
        -------
        table : SideTable
            A new table.
        """
        table = self._copy()
        parts = [
            _of_numbers(self.numbers[name], name, other.edges[name])
            if name in self.numbers and name in other.edges
            else self.features_in(name)
            for name in self.columns
        ]
        table.edges = self.edges | other.edges
        table._join(parts)
        lost = [
            name
            for name, origin in zip(other.feature_names, other.origins, strict=True)
            if origin in self.numbers
        ]
        table._order_features([*table.feature_names, *lost], other)
        return table

    def features_in(self, column):
        """Return the features that come from one column.

        Parameters
        ----------
        column : str
            One of `columns`.

        Returns
        -------
        names : list of str
            The features.
        matrix : csr_matrix of float32 of shape (n_rows, n_features)
            1 where a row has a feature.
        """
        if column not in self.columns:
            match = did_you_mean(str(column), self.columns)
            raise ColumnsError(
                f"The side table has no features of a column {column!r}"
                + (f"; did you mean {match!r}?" if match else f". It has: {self.columns}.")
            )
        where = [i for i, origin in enumerate(self.origins) if origin == column]
        return [self.feature_names[i] for i in where], self.matrix[:, where]

    def _copy(self):
        table = object.__new__(SideTable)
        table.__dict__.update(self.__dict__)
        return table

    def _join(self, parts):
        """Put the features of the columns side by side."""
        self.feature_names = [name for names, _ in parts for name in names]
        self.origins = [
            column for column, (names, _) in zip(self.columns, parts, strict=True) for _ in names
        ]
        blocks = [block for _, block in parts] or [sp.csr_matrix((len(self.ids), 0))]
        self.matrix = sp.hstack(blocks, format="csr", dtype=np.float32)

    def _order_features(self, first, other):
        """Put some features first, of this table or of another, whether or not a row has them."""
        column_of = dict(zip(other.feature_names, other.origins, strict=True))
        column_of |= dict(zip(self.feature_names, self.origins, strict=True))
        place = {name: i for i, name in enumerate(dict.fromkeys([*first, *self.feature_names]))}
        self.origins = [column_of[name] for name in place]
        self.matrix = _in_columns(self, place)
        self.feature_names = list(place)

    def joined(self, other):
        """Return this table with the rows of another one, which go before its own.

        Parameters
        ----------
        other : SideTable
            Rows of other ids, or newer rows of the same; of its features, those that this table
            has count.

        Returns
        -------
        table : SideTable
            A new table.
        """
        table = self._copy()
        other = other.cut_like(self)
        kept = other.rows_of(self.ids) < 0 if len(self.ids) else np.zeros(0, dtype=bool)
        table.ids = joined_ids(other.ids, self.ids[kept])
        place = {name: i for i, name in enumerate(self.feature_names)}
        theirs = _in_columns(other, place)
        table.matrix = sp.vstack([theirs, self.matrix[kept]], format="csr", dtype=np.float32)
        if self.titles is not None:
            blank = np.full(len(other), None, dtype=object)
            new = blank if other.titles is None else other.titles
            table.titles = np.concatenate([new, self.titles[kept]])
        return table

    def rows_of(self, ids):
        """Find ids in the table.

        Parameters
        ----------
        ids : ndarray of shape (n,)
            Ids.

        Returns
        -------
        rows : ndarray of intp of shape (n,)
            The row of each; -1 where the table has none.
        """
        return places_of(index_of(self.ids), ids)

    def titles_of(self, ids):
        """Return the titles of ids.

        Parameters
        ----------
        ids : ndarray of shape (n,)
            Ids.

        Returns
        -------
        titles : ndarray of object of shape (n,)
            The title of each; None where the table has none.
        """
        if len(self.ids) == 0:
            return np.full(len(ids), None, dtype=object)
        rows = self.rows_of(ids)
        titles = self.titles[rows]
        titles[rows < 0] = None
        return titles

    def __len__(self):
        return len(self.ids)

    def __repr__(self):
        title = "" if self.title is None else f", title={self.title!r}"
        return f"SideTable({len(self)} rows, id={self.id!r}, columns={self.columns!r}{title})"

    def __sklearn_clone__(self):
        return self

    def __getstate__(self):
        return pack_state(self.__dict__)

    def __setstate__(self, state):
        self.__dict__.update(unpack_state(state))


def features_of(table, ids, column=None):
    """Return the features of ids, or those of one column; none for an id that it does not have.

    Shapes: ids (n,); returns features (n, n_features).
    """
    matrix = table.matrix if column is None else table.features_in(column)[1]
    return rows_at(matrix, table.rows_of(ids))


def _in_columns(table, place):
    """Return the matrix of a table, each feature in the column that `place` gives it, if any."""
    columns = np.array([place.get(name, -1) for name in table.feature_names], dtype=np.int64)
    coo = table.matrix.tocoo()
    where = columns[coo.col]
    inside = where >= 0
    entries = coo.data[inside], (coo.row[inside], where[inside])
    return sp.csr_matrix(entries, shape=(len(table), len(place)))


def _unique_ids(series, name):
    what = f"The side table: the id column {name!r}"
    codes, ids = read_ids(series, what)
    if len(ids) < len(codes):
        repeated = ids[np.bincount(codes) > 1]
        raise ColumnValuesError(
            f"{what} holds {len(repeated)} id(s) more than once: {in_words(repeated.tolist(), 5)}. "
            "A side table has one row per id; drop or join the others."
        )
    return ids


def _titles(series):
    titles = np.empty(len(series), dtype=object)
    titles[:] = [
        None if absent else str(value)
        for value, absent in zip(series.to_list(), is_missing(series), strict=True)
    ]
    return titles


def _of_numbers(values, name, edges):
    """Return the names of the ranges of a column of numbers, and who is in which."""
    rows = np.flatnonzero(np.isfinite(values))
    return _matrix_of(name, rows, _ranges(values[rows], edges), len(values), sort=False)


def _features(series, name, *, separator):
    """Return the names of a column's features and who has them."""
    kind = kind_of(series)
    if kind in ("string", "categorical", "boolean", "object"):
        rows, labels = _labels(series, name, separator)
    elif kind == "empty":
        rows, labels = np.empty(0, dtype=np.intp), []
    else:
        raise ColumnValuesError(
            f"The side table: column {name!r} is {kind} ({series.to_native().dtype}), which makes "
            "no feature. Turn it into numbers or strings (such as the year), or leave it out of "
            "`columns`."
        )
    return _matrix_of(name, rows, labels, len(series), sort=True)


def _matrix_of(name, rows, labels, n_rows, *, sort):
    """Return the names of features, and 1 where a row has one.

    Shapes: rows, labels (n,); returns matrix (n_rows, n_features).
    """
    codes, found = pd.factorize(np.asarray(labels, dtype=object), sort=sort)
    matrix = sp.csr_matrix(
        (np.ones(len(codes), dtype=np.float32), (rows, codes)), shape=(n_rows, len(found))
    )
    matrix.data[:] = 1  # a cell that names a value twice has it once
    return [f"{name}={value}" for value in found], matrix


def _edges(values, n_bins):
    """Return the edges of ranges with about as many values each, or None for few values."""
    values = values[np.isfinite(values)]
    if len(np.unique(values)) <= n_bins:
        return None
    return np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1)))


def _ranges(values, edges):
    """Return the label of the range that each number falls into; the outer ranges are open."""
    if edges is None:
        return [_name_of(value) for value in values]
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    names = _edge_names(edges)
    ends = ["]" if i == len(edges) - 2 else ")" for i in range(len(edges) - 1)]
    return [f"[{names[i]}, {names[i + 1]}{ends[i]}" for i in place]


def _edge_names(edges):
    """Write edges with as few digits as tell them apart, six at least."""
    for digits in range(6, 18):
        names = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(names)) == len(names):
            break
    return names


def _labels(series, name, separator):
    """Return the rows and the values of a column whose cells may hold several values."""
    rows, labels = [], []
    for row, (cell, absent) in enumerate(zip(series.to_list(), is_missing(series), strict=True)):
        if absent:
            continue
        if isinstance(cell, str):
            values = cell.split(separator) if separator else [cell]
            values = [value.strip() for value in values if value.strip()]
        elif isinstance(cell, list | tuple | set | frozenset | np.ndarray | nw.Series):
            values = [_name_of(value) for value in cell if not is_missing_value(value)]
        elif isinstance(cell, bool | int | float | np.generic):
            values = [_name_of(cell)]
        else:
            raise ColumnValuesError(
                f"The side table: column {name!r} holds a {type(cell).__qualname__} in row {row}; "
                "a cell is a string, a number, a boolean, or a list of them."
            )
        rows.extend([row] * len(values))
        labels.extend(values)
    return np.asarray(rows, dtype=np.intp), labels


def _name_of(value):
    """Write a value, a whole number the same whether it is an integer or a float."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
