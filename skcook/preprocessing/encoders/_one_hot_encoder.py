"""One column of zeros and ones per category."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from skcook.base._flow import Lookup, float_dtype, parts
from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing.encoders._base_encoder import (
    INFREQUENT,
    GroupingEncoder,
    decode_column,
    read_encoded,
)
from skcook.preprocessing.encoders._category_codes import MISSING
from skcook.utils._columns import numeric_values
from skcook.utils._frames import TableColumns
from skcook.utils._sklearn import StrOptions, align_sparse, output_container
from skcook.utils._validation import in_words, warn_user

#: The slot of a row that has a one in no column of its feature.
NOWHERE = -1


class OneHotEncoder(GroupingEncoder):
    """Encode categories as columns of zeros and ones, one column per category.

    It gives the columns of :class:`sklearn.preprocessing.OneHotEncoder`, from pandas, polars and
    numpy alike, in a fraction of the time. Its own are `columns`, and the same column ("..._nan")
    for a missing value whatever it is written as (None, NaN, ``pd.NA``, null). Columns that are
    not selected pass through untouched, at their place.

    Parameters
    ----------
    columns : str, int, list, slice, mask, callable or None, default=None
        The columns to encode: names, positions, a mask, or a callable that takes `X` and returns
        any of them, such as :class:`sklearn.compose.make_column_selector`. None selects string,
        categorical and boolean columns; ``slice(None)`` all columns.
    categories : "auto" or list of array-like, default="auto"
        For each encoded column its categories, in the order wanted. Numbers must be sorted, a
        missing value must be the last. "auto" takes the values found in ``fit``, sorted.
    drop : {"first", "if_binary"}, array-like or None, default=None
        The category of each column that gets no column of its own: the first one, the first of
        those columns that have two, or the ones given, one for each encoded column.
    sparse_output : bool, default=True
        Return a sparse matrix in CSR format (see Notes) instead of the container that came in.
    dtype : dtype, default=numpy.float64
        The dtype of the zeros and ones.
    handle_unknown : {"error", "ignore", "infrequent_if_exist", "warn"}, default="error"
        What ``transform`` does with a value that ``fit`` has not seen: raise; write zeros only;
        write a one in the column of the rare categories, if there is one; the same, and warn. A
        missing value is a value not seen if the column had none in ``fit``.
    min_frequency : int or float, default=None
        Categories of fewer rows (int) or of a smaller share of the rows (float) share one column,
        the last.
    max_categories : int, default=None
        The largest number of columns per feature, the one of rare categories included.
    feature_name_combiner : "concat" or callable, default="concat"
        A callable that takes a column's name and a category, and returns the name of the new
        column. "concat" joins them with an underscore.

    Attributes
    ----------
    columns_ : list of str
        The encoded columns.
    categories_ : list of ndarray
        For each of ``columns_`` its categories; a missing value is the last one, NaN.
    drop_idx_ : ndarray or None
        For each of ``columns_`` the position in ``categories_`` of the dropped category, or None.
    infrequent_categories_ : list of ndarray or None
        For each of ``columns_`` its rare categories, None if there are none. Only with
        `min_frequency` or `max_categories`.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    OrdinalEncoder : One column of codes a feature.
    TargetEncoder : One number per category, learned from the target; for many categories.

    Notes
    -----
    A sparse result holds all columns, those that pass through as well, as
    :class:`sklearn.compose.ColumnTransformer` would stack them; they must be numbers or booleans.

    ``docs/user_guide/encoders.md`` lists the differences to scikit-learn, with their reasons.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import OneHotEncoder
    >>> X = pd.DataFrame({"fruit": ["pear", "fig", None], "grams": [180, 50, 60]})
    >>> encoder = OneHotEncoder(sparse_output=False, dtype=int)
    >>> encoder.fit_transform(X)
       fruit_fig  fruit_pear  fruit_nan  grams
    0          0           1          0    180
    1          1           0          0     50
    2          0           0          1     60

    A value that was not there in ``fit`` is named:

    >>> encoder.transform(pd.DataFrame({"fruit": ["plum"], "grams": [40]}))
    Traceback (most recent call last):
    ...
    skcook.exceptions.ColumnValuesError: Found unknown categories in column 'fruit' during
    transform: 'plum'. Known are: 'fig', 'pear'. Set handle_unknown to accept such values.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **GroupingEncoder._parameter_constraints,
        "drop": [StrOptions({"first", "if_binary"}), "array-like", None],
        "sparse_output": ["boolean"],
        "handle_unknown": [StrOptions({"error", "ignore", "infrequent_if_exist", "warn"})],
        "feature_name_combiner": [StrOptions({"concat"}), callable],
    }

    def __init__(
        self,
        columns=None,
        *,
        categories="auto",
        drop=None,
        sparse_output=True,
        dtype=np.float64,
        handle_unknown="error",
        min_frequency=None,
        max_categories=None,
        feature_name_combiner="concat",
    ):
        self.columns = columns
        self.categories = categories
        self.drop = drop
        self.sparse_output = sparse_output
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.feature_name_combiner = feature_name_combiner

    def inverse_transform(self, X):
        """Turn zeros and ones back into categories.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features_out)
            What ``transform`` returned.

        Returns
        -------
        X_original : {DataFrame, ndarray} of shape (n_samples, `n_features_in_`)
            The categories, in the container of `X`; an array if it is sparse. Zeros only mean the
            dropped category, or else a value not seen in ``fit``, which comes back as missing;
            rare categories come back as "infrequent_sklearn".
        """
        check_is_fitted(self)
        X = X.toarray() if sparse.issparse(X) else X
        table = read_encoded(self, X, len(self.get_feature_names_out()))
        places = {name: i for i, name in enumerate(self.columns_)}
        series, start = [], 0
        for name in self._input_names():
            if name not in places:
                series.append(table.frame[table.frame.columns[start]].alias(name))
                start += 1
                continue
            i = places[name]
            stop = start + self._width(i)
            block = [numeric_values(table.frame[c]) for c in table.frame.columns[start:stop]]
            positions = self._positions(block, i, len(table.frame))
            series.append(decode_column(name, positions, self.categories_[i], table.frame))
            start = stop
        return table.write(table.frame.select(*series))

    def _start(self, frame):
        super()._start(frame)
        self._check_one_per_column("drop", frame)
        self._made = []
        self.drop_idx_ = None if self.drop is None else np.empty(len(frame.columns), dtype=object)

    def _learn_column(self, i, name, codes):
        table = self._merge_rare(i, codes, len(self.categories_[i]))
        drop = self._dropped(i, name, table)
        if drop is not None:
            slot = table[drop]
            table = np.where(table == slot, NOWHERE, table - (table > slot))
        if self.drop_idx_ is not None:
            self.drop_idx_[i] = drop
        self._tables.append(table)
        self._made.append([] if self.sparse_output else self._combined(name, i))

    def _finish(self):
        self._check_names()

    def _transform_columns(self, frame):
        codes = [self._encode(frame[name], i) for i, name in enumerate(frame.columns)]
        if self.handle_unknown == "warn" or (self.drop is not None and not self._is_strict()):
            self._warn_of_unknown(frame.columns, codes)
        return {
            name: self._columns_of(codes[i], i, name, frame) for i, name in enumerate(frame.columns)
        }

    def _warn_of_unknown(self, names, codes):
        strange = [name for i, name in enumerate(names) if self._unknown(codes[i], i)]
        if strange:
            group = "as the infrequent category where there is one, else "
            warn_user(
                f"Found unknown categories in column {', '.join(map(repr, strange))} during "
                "transform. They will be encoded "
                f"{'' if self.handle_unknown == 'ignore' else group}as all zeros."
            )

    def _columns_of(self, codes, i, name, frame):
        slots = self._slots(codes, i)
        if self.sparse_output:
            return [slots]  # `_assemble` puts them into one matrix
        block = np.zeros((len(slots), self._width(i)), dtype=self.dtype, order="F")
        rows = np.flatnonzero(slots != NOWHERE)
        block[rows, slots[rows]] = 1
        return [(new, block[:, slot]) for slot, new in enumerate(self._made[i])]

    def _assemble(self, table, columns):
        if not self.sparse_output:
            return super()._assemble(table, columns)
        container = output_container(self)
        if container != "default":
            raise ValueError(
                f"set_output(transform={container!r}) asks for a {container} frame, which cannot "
                "hold sparse data. Set sparse_output=False, or "
                'set_output(transform="default").'
            )
        frame = table.columns(list(table.native.columns))
        for name in frame.columns:
            if name not in columns and frame.kind(name) not in ("numeric", "boolean"):
                raise ColumnValuesError(
                    f"OneHotEncoder: column {name!r} is {frame[name].dtype} "
                    "and a sparse matrix holds numbers only. Set sparse_output=False to keep "
                    "the frame, or encode or drop that column first."
                )
        widths = {name: self._width(i) for i, name in enumerate(self.columns_)}
        slots = {name: made[0] for name, made in columns.items()}
        return align_sparse(hstack_one_hot(frame, slots, widths, np.dtype(self.dtype)))

    def _names_out(self, given):
        return {name: self._combined(given[name], i) for i, name in enumerate(self.columns_)}

    def _dropped(self, i, name, table):
        """Return the position of the category that gets no column, or None."""
        categories = self.categories_[i]
        if self.drop is None:
            return None
        if isinstance(self.drop, str):
            n_slots = table.max() + 1
            if self.drop == "if_binary" and n_slots != 2:
                return None
            return int(np.flatnonzero(table == 0)[0])
        wanted = self.drop[i]
        if pd.isna(wanted):
            found = [len(categories) - 1] if self._has_missing(i) else []
        else:
            found = np.flatnonzero(categories == wanted)
        if not len(found):
            raise ColumnValuesError(
                f"The category to be dropped from column {name!r}, {wanted!r}, was not found in "
                f"the training data: {in_words(categories.tolist())}."
            )
        position = int(found[0])
        if self._rare[i] is not None and position in self._rare[i]:
            raise ColumnValuesError(
                f"Unable to drop category {wanted!r} from column {name!r} because it is "
                "infrequent: its rows share a column with other rare categories."
            )
        return position

    def _slots(self, codes, i):
        """Return for each row the place of its one among the columns of its feature."""
        table = self._tables[i].astype(np.int32)
        unknown = NOWHERE
        if self._rare[i] is not None and self.handle_unknown in ("infrequent_if_exist", "warn"):
            unknown = table[self._rare[i][0]]
        if self._has_missing(i):
            return codes.take(table[:-1], missing=table[-1], unknown=unknown)
        return codes.take(table, missing=unknown, unknown=unknown)

    def _plan_column(self, column, i):
        codes = self._tables[i].tolist()
        unknown = NOWHERE
        if self._rare[i] is not None and self.handle_unknown in ("infrequent_if_exist", "warn"):
            unknown = codes[self._rare[i][0]]
        if self.handle_unknown in ("error", "warn") or self.drop is not None:
            unknown = None  # an error or a warning
        table = self._plan_table(column, i, codes, codes[-1] if codes else unknown, unknown)
        block = Lookup(column, table, unknown, self._width(i), one_hot=True)
        names, dtype = list(map(str, range(self._width(i)))), float_dtype(self.dtype)
        return parts(block, names, dtype=dtype, nullable=False, sparse=self.sparse_output)

    def _width(self, i):
        """Return the number of columns that take the place of a column."""
        return int(self._tables[i].max(initial=NOWHERE)) + 1

    def _held(self, i):
        """Return for each new column of a feature the position of its category.

        The column of the rare ones has the number of categories.
        """
        table = self._tables[i].copy()
        if self._rare[i] is not None:
            table[self._rare[i]] = NOWHERE
        held = np.full(self._width(i), len(table))
        own = np.flatnonzero(table != NOWHERE)
        held[table[own]] = own
        return held

    def _combined(self, feature, i):
        """Return the names of the columns that take the place of a column."""
        categories = [*self.categories_[i], INFREQUENT]
        held = [categories[position] for position in self._held(i)]
        if self.feature_name_combiner == "concat":
            return [f"{feature}_{_label(category)}" for category in held]
        names = [self.feature_name_combiner(feature, category) for category in held]
        for name in names:
            if not isinstance(name, str):
                raise TypeError(
                    "When `feature_name_combiner` is a callable, it should return a Python "
                    f"string. Got {type(name)} instead."
                )
        return names

    def _check_names(self):
        """Raise if two columns of a frame would have the same name."""
        if self.sparse_output:
            return
        names = {name: [name] for name in self._input_names()}
        names.update(self._names_out({name: name for name in names}))
        taken = {}
        for source, new in names.items():
            for name in new:
                if name in taken:
                    raise ColumnsError(
                        f"OneHotEncoder: two columns would be called {name!r}, one from "
                        f"{taken[name]!r} and one from {source!r}. Rename a column or a category, "
                        "or set feature_name_combiner."
                    )
                taken[name] = source

    def _positions(self, block, i, n_rows):
        """Return the positions of the categories that zeros and ones stand for."""
        drop = None if self.drop_idx_ is None else self.drop_idx_[i]
        rare = self._rare[i]
        if drop is not None and rare is not None and drop in rare:
            drop = len(self.categories_[i])
        positions = np.full(n_rows, MISSING)
        held = self._held(i)
        filled = np.zeros(n_rows, dtype=bool)
        for position, values in zip(held, block, strict=True):
            ones = (values != 0) & ~filled
            positions[ones] = position
            filled |= ones
        if filled.all():
            return positions
        if drop is not None:
            positions[~filled] = drop
        elif self.handle_unknown == "error" or (
            self.handle_unknown != "ignore" and rare is not None
        ):
            raise ColumnValuesError(
                f"Rows {in_words(np.flatnonzero(~filled).tolist())} can not be inverted: the "
                f"columns of {self.columns_[i]!r} are all zeros there, which stands for no "
                "category."
            )
        return positions


def _label(category):
    if isinstance(category, np.datetime64):
        if np.isnat(category):
            return "nan"
        if np.datetime_data(category.dtype)[0] != "D":
            return str(pd.Timestamp(category))
    return str(category)


def hstack_one_hot(
    frame: TableColumns, slots: dict[str, np.ndarray], widths: dict[str, int], dtype: np.dtype
) -> Any:
    """Stack one-hot columns and numbers into one sparse matrix, in the order of the frame.

    With `scipy.sparse.hstack` of a block per column, `transform` takes three times as long
    (bench_preprocessing.py, "OneHotEncoder.fit_transform, sparse").

    Shapes: slots (n,); returns X (n, n_columns_out).
    """
    names = list(frame.columns)
    starts = np.cumsum([0, *(widths.get(name, 1) for name in names)])
    shape = (len(frame), int(starts[-1]))
    numbers = {name: _numbers(frame[name]) for name in names if name not in slots}
    # The common dtype of the ones and the numbers; those have a place in each row until the end.
    common = np.result_type(dtype, *(values.dtype for values in numbers.values()))
    index = sparse.get_index_dtype(maxval=max(shape[1], shape[0] * len(names)))
    indices = np.empty((shape[0], len(names)), dtype=index)
    data = np.ones(indices.shape if numbers else indices.size, dtype=common)
    is_full = True
    for j, name in enumerate(names):
        if name in slots:
            is_empty = slots[name] < 0
            np.add(slots[name], starts[j], out=indices[:, j], casting="unsafe")
        else:
            is_empty = numbers[name] == 0
            data[:, j] = numbers[name]
            indices[:, j] = starts[j]
        if is_empty.any():
            indices[is_empty, j] = -1
            is_full = False
    if is_full:
        indptr = np.arange(0, indices.size + 1, max(len(names), 1), dtype=index)
        return sparse.csr_array((data.ravel(), indices.ravel(), indptr), shape=shape)
    kept = indices >= 0
    indptr = np.zeros(shape[0] + 1, dtype=index)
    np.cumsum(kept.sum(axis=1), out=indptr[1:])
    data = data[kept] if numbers else data[: indptr[-1]]
    return sparse.csr_array((data, indices[kept], indptr), shape=shape)


def _numbers(series: Any) -> np.ndarray:
    if isinstance(series, pd.Series):
        plain = isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf"
    else:
        plain = not series.dtype.is_decimal() and series.null_count() == 0
    return series.to_numpy() if plain else numeric_values(series)
