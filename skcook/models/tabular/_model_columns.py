"""The last look at the columns before a model."""

import re
from collections import Counter
from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from skcook.exceptions import ColumnValuesError
from skcook.models._boosters import booster_of
from skcook.models._fit_data import check_target
from skcook.utils._columns import (
    has_values,
    is_object_column,
    is_unusual_number,
    kind_of,
    new_series,
    numeric_values,
)
from skcook.utils._frames import is_frame, read_table, to_pandas
from skcook.utils._sklearn import StrOptions, check_feature_names_in, fit_context

#: What a model takes besides numbers and booleans: boosters know the categories of a frame.
_TAKEN = frozenset({"numeric", "boolean", "categorical", "empty"})

_ADVICE = {
    "datetime": "DateFeatures makes numbers of it",
    "string": "an encoder makes numbers of it",
    "duration": "ColumnCleaner makes seconds of it",
}


class ModelColumns(TransformerMixin, BaseEstimator):
    """Hand a model columns that it takes, under names that it takes.

    The last step of `tabular_pipeline` before the model. It does three things:

    - a column that is no number, boolean or category is refused by its name, here and not deep
      inside a library (LightGBM ends the whole process at some columns of polars);
    - XGBoost and LightGBM refuse names such as ``weight [kg]`` or ``a,b``. Where a frame has such
      a name, the model sees the columns under names of letters, digits and underscores.
      ``get_feature_names_out`` gives the real ones, so importances keep them;
    - a target that the model cannot learn is refused in ``fit``, in words: XGBoost, for one, takes
      no labels but 0, 1, 2, ...

    An array or a sparse matrix passes through, as numbers.

    Parameters
    ----------
    strings : bool, default=False
        Let strings through, for a model that takes them.
    target : {"labels", "codes", "numbers"} or None, default=None
        What the model learns: labels of any kind, the labels 0, 1, 2, ..., or numbers. None does
        not look at the target.

    Attributes
    ----------
    plain_names_ : dict of str to str
        The name that the model sees, for each column of a frame that had to be renamed.
    categories_ : dict of str to list of str
        The categories of the columns of polars that have some: the model sees them in pandas.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    tabular_pipeline : Puts it in front of the model.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.models import ModelColumns
    >>> X = pd.DataFrame({"weight [kg]": [1.5, 2], "a,b": [True, False]})
    >>> names = ModelColumns().fit(X)
    >>> names.transform(X).columns.tolist()
    ['weight__kg_', 'a_b']
    >>> names.get_feature_names_out().tolist()
    ['weight [kg]', 'a,b']
    >>> ModelColumns().fit(pd.DataFrame({"day": pd.to_datetime(["2024-02-29"])}))
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: Column 'day' is datetime (datetime64[us]), which no model
    takes: DateFeatures makes numbers of it, or leave the column out.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "strings": ["boolean"],
        "target": [StrOptions({"labels", "codes", "numbers"}), None],
    }

    def __init__(self, strings=False, *, target=None):
        self.strings = strings
        self.target = target

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Look at the columns.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data, as the steps before have made it.
        y : array-like of shape (n_samples,), default=None
            The target, if it is to be looked at.

        Returns
        -------
        self : object
            The fitted step.
        """
        X = self._read(X, reset=True)
        if self.target is not None:
            check_target(y, self.target)
            check_consistent_length(X, y)
        self.plain_names_, self.categories_, self._categorical = {}, {}, []
        if is_frame(X):
            frame = read_table(X).frame
            self.plain_names_ = _plain_names(frame.columns)
            self.categories_ = _polars_categories(frame)
            self._categorical = [n for n in frame.columns if kind_of(frame[n]) == "categorical"]
            self._numbers(X, reset=True)
        return self

    def transform(self, X):
        """Rename the columns, where that is needed, and refuse those that are no numbers.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data, with the columns seen in ``fit``.

        Returns
        -------
        X_out : {DataFrame, ndarray, sparse matrix} of shape (n_samples, n_features)
            The columns for the model.
        """
        check_is_fitted(self)
        X = self._read(X, reset=False)
        return self._numbers(X, reset=False) if is_frame(X) else X

    def get_feature_names_out(self, input_features=None):
        """Name the columns as they are called in the data, not as the model sees them.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns, where ``fit`` saw none.

        Returns
        -------
        feature_names_out : ndarray of str
            The real names.
        """
        check_is_fitted(self)
        return check_feature_names_in(self, input_features)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.sparse = True
        return tags

    def _plan_columns(self, columns, plan):
        # The names, and what it refuses, are the same for every row.
        return [
            column.as_number("float64" if column.dtype == "object" else None, who="ModelColumns")
            for column in columns
        ]

    def _read(self, X: Any, *, reset: bool) -> Any:
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        dtype = None if self.strings else "numeric"
        return validate_data(
            self, X, reset=reset, dtype=dtype, accept_sparse=True, ensure_all_finite=False
        )

    def _numbers(self, X: Any, *, reset: bool) -> Any:
        """Return the frame under plain names, its columns of objects as numbers."""
        taken = _TAKEN | {"string"} if self.strings else _TAKEN
        table = read_table(X)
        frame = table.frame
        converted = []
        for name in frame.columns:
            column = frame[name]
            kind = kind_of(column)
            if kind not in taken:
                if has_values(column):
                    raise _refused(column, kind, reset=reset)
                kind = "empty"
            if kind == "categorical" and name not in self._categorical:
                raise ColumnValuesError(
                    f"Column {name!r} holds categories ({column.to_native().dtype}), and did not "
                    "in fit. Convert it to what it was in fit."
                )
            if kind == "empty":
                converted.append(_wrapped(new_series(name, np.full(len(frame), np.nan), frame)))
            elif kind != "categorical" and _is_stored_oddly(column):
                converted.append(_wrapped(new_series(name, numeric_values(column), frame)))
        frame = frame.with_columns(converted) if converted else frame
        frame = frame.rename(self.plain_names_) if self.plain_names_ else frame
        if self.categories_:
            return to_pandas(frame).astype(
                {
                    self.plain_names_.get(name, name): pd.CategoricalDtype(categories)
                    for name, categories in self.categories_.items()
                }
            )
        # Labels that are no strings, such as pairs, are positions inside.
        is_new = converted or self.plain_names_ or table.labels is not None
        return frame.to_native() if is_new else X


def _refused(column: Any, kind: str, *, reset: bool) -> ColumnValuesError:
    what = f"Column {column.name!r} is {kind} ({column.to_native().dtype})"
    if not reset:
        return ColumnValuesError(f"{what}; in fit it held numbers or categories. Convert it.")
    advice = _ADVICE.get(kind, "convert it")
    return ColumnValuesError(f"{what}, which no model takes: {advice}, or leave the column out.")


def _is_stored_oddly(column: Any) -> bool:
    """Tell whether numbers are stored in a way that not every model knows."""
    is_arrow = isinstance(column.to_native().dtype, pd.ArrowDtype)
    return is_arrow or is_object_column(column) or is_unusual_number(column)


def _polars_categories(frame: nw.DataFrame[Any]) -> dict[str, list[str]]:
    """Return the categories of the columns whose type LightGBM knows from pandas only."""
    if not frame.implementation.is_polars():
        return {}
    return {
        name: sorted(frame[name].drop_nulls().cast(nw.String).unique().to_list())
        for name in frame.columns
        if kind_of(frame[name]) == "categorical"
    }


def _wrapped(native: Any) -> nw.Series[Any]:
    return nw.from_native(native, series_only=True)


def _plain_names(names: list[str]) -> dict[str, str]:
    """Return a plain name for each name if one of them is not, else nothing."""
    plain = [re.sub(r"[^\w.-]", "_", name) or "_" for name in names]
    if plain == names:
        return {}
    repeated = {name for name, count in Counter(plain).items() if count > 1}
    if repeated:
        plain = [
            f"{name}_{place}" if name in repeated else name for place, name in enumerate(plain)
        ]
    if len(set(plain)) < len(plain):
        plain = [f"x{place}" for place in range(len(plain))]
    return dict(zip(names, plain, strict=True))


def with_plain_names(estimator: Any, X: Any) -> Any:
    """Put `ModelColumns` before a booster that could not take the names of a frame's columns.

    A booster alone is wrapped where the frame has such names, one at the end of a Pipeline always:
    what the steps before it call their columns is not known yet.
    """
    _, booster = booster_of(estimator)
    if booster is None:
        return estimator
    if isinstance(estimator, Pipeline):
        *before, (name, last) = estimator.steps
        if isinstance(last, Pipeline):
            steps = [*before, (name, with_plain_names(last, None))]
        elif any(isinstance(step, ModelColumns) for _, step in before):
            return estimator
        else:
            steps = [*before, ("model_columns", ModelColumns()), (name, last)]
        return clone(estimator).set_params(steps=steps)
    if is_frame(X) and _plain_names([str(column) for column in X.columns]):
        return Pipeline([("model_columns", ModelColumns()), ("model", estimator)])
    return estimator
