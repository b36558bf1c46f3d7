"""One number per category, learned from the target without leaking it."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import type_of_target

from skcook.base import BaseColumnTransformer
from skcook.base._flow import Lookup, parts
from skcook.preprocessing.encoders._base_encoder import BaseEncoder
from skcook.preprocessing.encoders._category_codes import split_missing
from skcook.preprocessing.encoders._crossfit import cross_fitted, encodings_of_all, read_folds
from skcook.utils._columns import new_series
from skcook.utils._sklearn import Interval, StrOptions, fit_context, routing_enabled
from skcook.utils._validation import in_words


class TargetEncoder(BaseEncoder):
    """Encode each category by the mean of the target over its rows, shrunk and cross-fitted.

    It gives the numbers of :class:`sklearn.preprocessing.TargetEncoder`, from pandas, polars and
    numpy alike, in a fraction of the time. Its own are `columns`, and one encoding for missing
    values whatever they are written as (None, NaN, ``pd.NA``, null). Columns that are not selected
    pass through untouched.

    ``fit_transform(X, y)`` encodes each row by what the *other* folds say of its category, so
    that no row sees its own target; ``transform`` uses what all rows say. So
    ``fit(X, y).transform(X)`` is another thing, and leaks. A Pipeline calls ``fit_transform``.

    Parameters
    ----------
    columns : str, int, list, slice, mask, callable or None, default=None
        The columns to encode: names, positions, a mask, or a callable that takes `X` and returns
        any of them, such as :class:`sklearn.compose.make_column_selector`. None selects string,
        categorical and boolean columns; ``slice(None)`` all columns.
    categories : "auto" or list of array-like, default="auto"
        For each encoded column its categories. "auto" takes the values found in ``fit``, sorted.
    target_type : {"auto", "continuous", "binary", "multiclass"}, default="auto"
        What the target is. "auto" asks :func:`sklearn.utils.multiclass.type_of_target`, which
        takes whole numbers for classes.
    smooth : "auto" or float, default="auto"
        How many rows' worth of the overall mean each category's mean is mixed with. "auto"
        estimates it for each category (empirical Bayes): the more its rows differ, the more.
    cv : int, splitter, iterable or None, default=5
        How ``fit_transform`` cuts the folds: a number of folds (None: 5), a splitter such as
        :class:`sklearn.model_selection.GroupKFold`, or an iterable of (train, test) positions. Its
        validation folds must cover each row once. A number means StratifiedKFold, for a
        continuous target KFold.
    shuffle : bool, default=True
        Whether to shuffle the rows before cutting folds, if `cv` is a number.
    random_state : int, RandomState instance or None, default=None
        The seed of the shuffling.

    Attributes
    ----------
    columns_ : list of str
        The encoded columns.
    categories_ : list of ndarray
        For each of ``columns_`` its categories; a missing value is the last one, NaN.
    encodings_ : list of ndarray
        For each of ``columns_`` the encoding of each category, learned from all rows. For a
        multiclass target, one array for each class of the first column, then of the second, ...
    target_type_ : {"continuous", "binary", "multiclass"}
        What the target is.
    target_mean_ : float, or ndarray of shape (n_classes,)
        The mean of the target: the encoding of categories not seen in ``fit``.
    classes_ : ndarray or None
        The classes of the target, sorted; the second of two is the one that is averaged.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    OneHotEncoder : One column per category.
    CountEncoder : How often a category occurs.

    Notes
    -----
    ``docs/user_guide/encoders.md`` lists the differences to scikit-learn, with their reasons.

    References
    ----------
    Micci-Barreca D. (2001), "A preprocessing scheme for high-cardinality categorical attributes
    in classification and prediction problems", SIGKDD Explorations 3(1): 27-32.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import TargetEncoder
    >>> X = pd.DataFrame({"city": ["Rome"] * 4 + ["Oslo"] * 4, "age": range(8)})
    >>> y = [1, 1, 1, 0, 0, 0, 1, 0]
    >>> encoder = TargetEncoder(smooth=1.0, cv=2, random_state=0)
    >>> X_train = encoder.fit_transform(X, y)  # cross-fitted: for the training rows
    >>> encoder.transform(X).drop_duplicates("city")  # from all rows: for new rows
       city  age
    0   0.7    0
    4   0.3    4

    A category that was not there in ``fit`` gets the mean of the target:

    >>> encoder.transform(pd.DataFrame({"city": ["Bonn"], "age": [9]}))
       city  age
    0   0.5    9
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "categories": [StrOptions({"auto"}), list],
        "target_type": [StrOptions({"auto", "continuous", "binary", "multiclass"})],
        "smooth": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        columns=None,
        *,
        categories="auto",
        target_type="auto",
        smooth="auto",
        cv=5,
        shuffle=True,
        random_state=None,
    ):
        self.columns = columns
        self.categories = categories
        self.target_type = target_type
        self.smooth = smooth
        self.cv = cv
        self.shuffle = shuffle
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y, *, groups=None, **params):
        """Learn from the data, and encode it fold by fold.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            The data: pandas, polars or numpy.
        y : array-like of shape (n_samples,)
            The target.
        groups : array-like of shape (n_samples,), default=None
            Groups of rows that must stay in one fold, for a splitter that uses them, such as
            :class:`sklearn.model_selection.GroupKFold`.
        **params : dict
            More metadata for the splitter, where metadata routing is enabled.

        Returns
        -------
        X_out : {DataFrame, ndarray} of shape (n_samples, n_features_out)
            The encoded data, in the container that came or that ``set_output`` asks for.
        """
        if params and not routing_enabled():
            raise ValueError(
                f"fit_transform got {in_words(sorted(params))}; only `groups` can be passed on to "
                "the splitter unless sklearn.set_config(enable_metadata_routing=True) is called."
            )
        table = self._read_fit(X)
        frame = self._learn_dtypes(table)
        targets = self._read_target(y, table.native)
        folds = self._read_folds(X, y, groups, params)
        self._start(frame)
        columns = {}
        for i, name in enumerate(frame.columns):
            rows, n_codes = self._learn_means(frame[name], i, targets)
            encoded = [
                cross_fitted(
                    rows, n_codes, target, folds, self.smooth, is_indicator=self._is_indicator()
                )
                for target in targets
            ]
            columns[name] = self._series(name, encoded, frame)
        return self._assemble(table, columns)

    def get_metadata_routing(self):
        """Return how metadata is passed on to the splitter.

        Returns
        -------
        routing : MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return MetadataRouter(owner=self).add(
            splitter=self.cv,
            method_mapping=MethodMapping().add(caller="fit_transform", callee="split"),
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _fit_columns(self, frame, y):
        targets = self._read_target(y, frame.to_native())
        self._start(frame)
        for i, name in enumerate(frame.columns):
            self._learn_means(frame[name], i, targets)

    def _start(self, frame):
        super()._start(frame)
        self.encodings_ = []

    def _learn_means(self, column, i, targets):
        """Learn the encodings of a column; return the code of each row, and how many there are."""
        codes = self._learn_categories(column, i)
        values, has_missing = split_missing(self.categories_[i])
        n_codes = len(values) + has_missing
        rows = codes.take(np.arange(len(values)), missing=len(values), unknown=n_codes)
        for target in targets:
            encodings = encodings_of_all(
                rows, n_codes, target, self.smooth, is_indicator=self._is_indicator()
            )
            self.encodings_.append(encodings[:-1])
        return rows, n_codes

    def _columns_of(self, codes, i, name, frame):
        means = np.atleast_1d(self.target_mean_)
        encoded = []
        for j, mean in enumerate(means):
            table = self.encodings_[i * len(means) + j]
            if self._has_missing(i):
                encoded.append(codes.take(table[:-1], missing=table[-1], unknown=mean))
            else:
                encoded.append(codes.take(table, missing=mean, unknown=mean))
        return self._series(name, encoded, frame)

    def _plan_column(self, column, i):
        unknown = tuple(np.ravel(self.target_mean_).tolist())
        n = len(unknown)
        entries = [e.tolist() for e in self.encodings_[i * n : (i + 1) * n]]
        entries = list(zip(*entries, strict=True))
        table = self._plan_table(column, i, entries, entries[-1] if entries else unknown, unknown)
        return parts(Lookup(column, table, unknown, n, one_hot=False), list(map(str, range(n))))

    def _names_out(self, given):
        if self.target_type_ != "multiclass":
            return {}
        return {name: self._combined(given[name]) for name in self.columns_}

    def _combined(self, name):
        return [f"{name}_{label}" for label in self.classes_]

    def _series(self, name, encoded, frame):
        names = self._combined(name) if self.target_type_ == "multiclass" else [name]
        return [new_series(n, values, frame) for n, values in zip(names, encoded, strict=True)]

    def _is_indicator(self):
        return self.target_type_ != "continuous"

    def _read_target(self, y, native):
        """Check the target; return it as columns of numbers, for classes of zeros and ones."""
        if y is None:
            raise ValueError(
                "TargetEncoder requires y to be passed, but the target y is None: it is what the "
                "encodings are learned from."
            )
        check_consistent_length(native, y)
        y = column_or_1d(y, warn=True)
        if (n_missing := int(pd.isna(y).sum())) > 0:
            raise ValueError(
                f"Input y contains NaN: {n_missing} of its {len(y)} values are missing. Drop their "
                "rows, from X as well."
            )
        inferred = type_of_target(y, input_name="y")
        accepted = ("binary", "multiclass", "continuous")
        if self.target_type == "auto" and inferred not in accepted:
            raise ValueError(
                f"Unknown label type: Target type was inferred to be {inferred!r}. Only {accepted} "
                "are supported; set target_type if it is one of them."
            )
        self.target_type_ = inferred if self.target_type == "auto" else self.target_type
        self.classes_ = None
        if self.target_type_ == "continuous":
            y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
            self.target_mean_ = float(y.mean())
            return [y]
        codes, self.classes_ = pd.factorize(y, sort=True)
        if self.target_type_ == "binary":
            if len(self.classes_) > 2:
                raise ValueError(
                    f"target_type='binary', and y has {len(self.classes_)} classes: "
                    f"{in_words(self.classes_.tolist())}. Set target_type='multiclass'."
                )
            targets = [codes.astype(np.float64)]
            self.target_mean_ = float(targets[0].mean())
            return targets
        targets = [(codes == j).astype(np.float64) for j in range(len(self.classes_))]
        self.target_mean_ = np.array([target.mean() for target in targets])
        return targets

    def _read_folds(self, X, y, groups, params):
        is_number = self.cv is None or isinstance(self.cv, Integral)
        if is_number and groups is not None:
            raise ValueError(
                f"groups are given, and cv={self.cv!r} would cut through them. Set cv to a "
                "splitter that uses groups, such as GroupKFold()."
            )
        if is_number:
            kind = KFold if self.target_type_ == "continuous" else StratifiedKFold
            seed = self.random_state if self.shuffle else None
            cv = kind(self.cv or 5, shuffle=self.shuffle, random_state=seed)
        else:
            cv = check_cv(self.cv, y, classifier=self.target_type_ != "continuous")
        if groups is not None:
            params = {**params, "groups": groups}
        if routing_enabled():
            params = process_routing(self, "fit_transform", **params).splitter.split
        return read_folds(cv, X, np.asarray(y), **params)
