"""What every explainer has in common: it belongs to a model, or lends itself to one."""

from abc import ABCMeta, abstractmethod
from copy import copy
from itertools import islice
from numbers import Integral
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.explain._model_outputs import Likeliest
from skcook.explain.result._explanation_list import Explanations


class Explains:
    """Base class of what explains a model: an explainer, or a model that has one of its own."""

    @abstractmethod
    def _explainer_and_model(self) -> tuple[Any, Any]:
        """Return the fitted explainer and the model that it is asked to explain."""

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
        explainer, model = self._explainer_and_model()
        return explainer._explain_for(model, X, targets, top=top, n_features=n_features)


def _by_table(asked: Any) -> bool:
    """Tell whether an explainer, or that of a model, fitted or not, is one of tables."""
    explainer = getattr(asked, "explainer_", None) or getattr(asked, "explainer", None)
    return explainer is None or isinstance(explainer, ExplainsTables)


class ExplainsTables(Explains):
    """Base class of what explains a model of tables."""

    @available_if(_by_table)
    def what_would_change(self, row, target=None, *, frozen=(), ranges=None, k=3):
        """Find the smallest changes of a row after which the model says something else.

        Parameters
        ----------
        row : {DataFrame, array-like} of one row, Series, or dict
            The row.
        target : object, default=None
            What the model should say: a class; for a number, the value to reach, or a pair of
            bounds. None is the next likeliest class.
        frozen : list of column names, default=()
            Columns that must not change.
        ranges : dict, default=None
            ``{"age": (18, 65)}``: the lowest and highest value of some columns of numbers or dates;
            None is no end.
        k : int, default=3
            At most so many answers, which change different columns.

        Returns
        -------
        counterfactuals : list of Counterfactual
            The cheapest first, each with ``changes``, the ``prediction`` then, and
            ``to_dict()``. Empty if no change of up to 8 columns was found; one without changes if
            the model says so already.

        Raises
        ------
        ColumnsError
            If a column to be frozen does not exist.
        ValueError
            If there is no such target, a range is none, or there is more than one row.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skcook.explain import TabularExplainer
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> model = LogisticRegression(max_iter=1000).fit(X, y)
        >>> explainer = TabularExplainer(model, random_state=0).fit(X)
        >>> found = explainer.what_would_change(X[:1], target=1, frozen=["petal width (cm)"])
        >>> [change.feature for change in found[0].changes]
        ['petal length (cm)']
        """
        explainer, model = self._explainer_and_model()
        return explainer._what_would_change_for(model, row, target, frozen, ranges, k)

    @available_if(_by_table)
    def report(self, n_rows=50):
        """Measure how faithful the explanations are.

        Parameters
        ----------
        n_rows : int, default=50
            On how many rows of the sample columns are deleted; asks the model up to 20 times as
            many questions.

        Returns
        -------
        report : DataFrame
            One row per target: ``r2`` and ``error``, of rows held out; ``error_share`` of the
            output's standard deviation; ``large_rest``, the share of rows of which more than a
            tenth of that is not explained; ``deletion`` and ``deletion_random``, how far the
            output moves on average while up to 10 columns are replaced, those with the largest
            weights first, and in random order.
        """
        explainer, model = self._explainer_and_model()
        return explainer._report_for(model, n_rows)


class BaseExplainer(Explains, BaseEstimator, metaclass=ABCMeta):
    """Base class of explainers.

    A subclass gives `_fit_for` and `_iter_explain_for`, which get the fitted model as an argument:
    a model that explains itself lends itself to its explainer, and is not held twice.
    """

    def _explainer_and_model(self):
        check_is_fitted(self)
        return self, self.estimator_

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


def generator(random_state: Any) -> np.random.Generator:
    """Return a generator for a seed of any kind."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31)
    return np.random.default_rng(random_state)


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
