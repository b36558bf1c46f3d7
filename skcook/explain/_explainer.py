"""What every explainer has in common: it belongs to a model, or lends itself to one."""

from abc import ABCMeta, abstractmethod
from copy import copy
from itertools import islice
from numbers import Integral
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skcook.explain._model_outputs import Likeliest
from skcook.explain.result._explanation_list import Explanations
from skcook.utils._sklearn import fit_context


class BaseExplainer(BaseEstimator, metaclass=ABCMeta):
    """Base class of explainers.

    A subclass gives `_fit_for` and `_iter_explain_for`, which get the fitted model as an argument:
    a model that explains itself lends itself to its explainer, and is not held twice.
    """

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Learn the background and ask the model about a sample of it.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The background, usually the training rows.
        y : array-like of shape (n_rows,), default=None
            The target: needed if the model is not fitted, and for ``discretizer="entropy"``.

        Returns
        -------
        self : object
            The fitted explainer.
        """
        self.estimator_ = fitted(self.estimator, X, y)
        return self._fit_for(self.estimator_, X, y)

    def explain(
        self,
        X: Any,
        targets: Any = "predicted",
        *,
        top: int | None = None,
        n_features: int | None = None,
    ) -> Explanations:
        """Explain the model's outputs for rows.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns), Series, or dict
            The rows, with the columns of the background in any order; a Series or a dict is one
            row.
        targets : {"predicted", "all"}, object, or list, default="predicted"
            What to explain: the class that the model predicts (for a regression, every output),
            every one, or those named.
        top : int, default=None
            Explain so many of the likeliest classes of each row instead.
        n_features : int, default=None
            How many features to show at most; None is the explainer's own number.

        Returns
        -------
        explanations : Explanations
            One per row and target.

        Raises
        ------
        ColumnsError
            If the columns are not those of the background.
        ValueError
            If there is no such target, or the values are not of a column's kind.
        """
        check_is_fitted(self)
        return self._explain_for(self.estimator_, X, targets, top=top, n_features=n_features)

    def iter_explain(self, X, targets="predicted"):
        """Explain rows batch by batch, so that any number fits into memory.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The rows.
        targets : {"predicted", "all"}, object, or list, default="predicted"
            What to explain.

        Returns
        -------
        batches : iterator of Explanations
            Those of the next `batch_rows` rows each.
        """
        check_is_fitted(self)
        return self._iter_explain_for(self.estimator_, X, targets)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if hasattr(self.estimator, "__sklearn_tags__"):
            tags.input_tags = get_tags(self.estimator).input_tags
            tags.input_tags.sparse = False
        return tags

    def _explain_for(self, model, X, targets="predicted", *, top=None, n_features=None):
        if top is not None:
            if isinstance(top, bool) or not isinstance(top, Integral) or top < 1:
                raise ValueError(f"top must be a whole number of at least 1; got {top!r}.")
            targets = Likeliest(int(top))
        explainer = self
        if n_features is not None:
            explainer = copy(self).set_params(n_features=n_features)
            explainer._validate_params()
        batches = explainer._iter_explain_for(model, X, targets)
        return Explanations(item for batch in batches for item in batch)

    @abstractmethod
    def _fit_for(self, model, X, y):
        """Learn the background with a fitted model, and return self."""

    @abstractmethod
    def _iter_explain_for(self, model, X, targets):
        """Yield the explanations of rows, batch by batch."""


def fitted(estimator, X, y):
    """Return the model, fitted."""
    if estimator is None:
        raise ValueError("The explainer has no model: give `estimator`.")
    if not hasattr(estimator, "fit"):
        return estimator
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        if y is None:
            raise NotFittedError(
                f"{type(estimator).__name__} is not fitted: fit it first, or give `y` to fit."
            ) from None
        return clone(estimator).fit(X, y)
    except TypeError:
        return estimator
    return estimator


def parallel_map(function, calls, n_jobs):
    """Call a function many times, some calls at once in threads, and yield what it returns.

    No call is begun before the results of those ahead of it are taken: joblib's own generator runs
    ahead of a slow reader, and its queue of finished results grows without bound.
    """
    n_threads = effective_n_jobs(n_jobs)
    calls = iter(calls)
    while group := list(islice(calls, n_threads)):
        if len(group) == 1:
            # One row of a server: starting threads would cost more than the explanation.
            yield function(*group[0])
        else:
            threads = Parallel(n_jobs=n_threads, prefer="threads")
            yield from threads(delayed(function)(*call) for call in group)
