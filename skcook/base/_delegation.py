"""What a meta-estimator passes on to the model inside it."""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from sklearn.base import MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.exceptions import PlanRefused
from skcook.utils._sklearn import routing_enabled


def delegated(method: str) -> Callable[[Any], bool]:
    """Return a check for ``available_if``: the model inside has the method."""

    def check(self: Any) -> bool:
        return self._delegates(method)

    return check


def fit_weights(estimator: Any, sample_weight: Any) -> dict[str, Any]:
    """Return the parameter of an estimator's ``fit`` that weighs its rows.

    Shapes: sample_weight (n_samples,).
    """
    if sample_weight is None:
        return {}
    path, inner = ["sample_weight"], estimator
    while not routing_enabled():
        taken = inspect.signature(inner.fit).parameters
        passes_on = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values())
        if "sample_weight" in taken or isinstance(inner, FrozenEstimator):
            break
        if isinstance(inner, Pipeline):
            name, inner = inner.steps[-1]
            path.insert(-1, name)
        elif passes_on and hasattr(inner, "estimator"):
            inner = inner.estimator
        elif passes_on:
            break
        else:
            raise TypeError(f"{type(inner).__name__} cannot weigh its rows.")
    return {"__".join(path): sample_weight}


class DelegatingMixin(MetaEstimatorMixin):
    """Give a meta-estimator the methods of the model inside it, as far as that has them.

    A subclass has a parameter ``estimator`` and learns ``estimator_``. One that keeps its model
    elsewhere overrides `_delegate`; one whose model is not known before ``fit`` overrides
    `_delegates`; one that changes the rows first overrides `_passed_on`; one that changes the
    predictions overrides `_passed_back`, `score` and `_plan_answers`.

    Examples
    --------
    >>> from sklearn.base import BaseEstimator, clone
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.svm import LinearSVC
    >>> from skcook.base import DelegatingMixin
    >>> class Plain(DelegatingMixin, BaseEstimator):
    ...     def __init__(self, estimator):
    ...         self.estimator = estimator
    ...     def fit(self, X, y):
    ...         self.estimator_ = clone(self.estimator).fit(X, y)
    ...         return self
    >>> Plain(LogisticRegression()).fit([[0.0], [1.0]], ["a", "b"]).predict([[9.0]]).tolist()
    ['b']
    >>> hasattr(Plain(LinearSVC()), "predict_proba")
    False
    """

    def _delegate(self) -> Any:
        """Return the fitted model inside, or before ``fit`` the one that was given."""
        return getattr(self, "estimator_", self.estimator)

    def _delegates(self, method: str) -> bool:
        """Raise AttributeError if the model inside lacks a method."""
        getattr(self._delegate(), method)
        return True

    def _passed_on(self, X: Any) -> Any:
        """Return the rows as the model inside gets them."""
        return X

    def _passed_back(self, y: Any) -> Any:
        """Return the predictions of the model inside as this one's."""
        return y

    def _plan_answers(self, plan: Callable[[Any], Any]) -> Any:
        """Return what it answers in a plan: what the model inside does."""
        if type(self)._passed_on is not DelegatingMixin._passed_on:
            raise PlanRefused(f"{type(self).__name__} changes the rows before its model")
        return plan(self._delegate())

    def get_metadata_routing(self):
        """Tell where the metadata of ``fit`` and ``score`` goes.

        Returns
        -------
        routing : MetadataRouter
            Everything goes to the model inside, which says what it wants.
        """
        methods = MethodMapping().add(caller="fit", callee="fit")
        methods.add(caller="score", callee="score")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=methods)

    def _routed(
        self, sample_weight: Any, fit_params: dict[str, Any], estimator: Any = None
    ) -> dict[str, Any]:
        """Return what goes to the ``fit`` of the model inside, or of what stands in for it."""
        if not routing_enabled():
            estimator = self.estimator if estimator is None else estimator
            return fit_params | fit_weights(estimator, sample_weight)
        if sample_weight is not None:
            fit_params = {**fit_params, "sample_weight": sample_weight}
        return process_routing(self, "fit", **fit_params).estimator.fit if fit_params else {}

    def predict(self, X):
        """Predict with the model inside.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The predictions.
        """
        check_is_fitted(self)
        return self._passed_back(self._delegate().predict(self._passed_on(X)))

    @available_if(delegated("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self._delegate().predict_proba(self._passed_on(X))

    @available_if(delegated("predict_log_proba"))
    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self._delegate().predict_log_proba(self._passed_on(X))

    @available_if(delegated("decision_function"))
    def decision_function(self, X):
        """Score each class before it is made a probability.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the model inside gives.
        """
        check_is_fitted(self)
        return self._delegate().decision_function(self._passed_on(X))

    @available_if(delegated("score"))
    def score(self, X, y, sample_weight=None):
        """Score the model inside with its own score: that of a search is its `scoring`.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Greater is better.
        """
        check_is_fitted(self)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return self._delegate().score(self._passed_on(X), y, **weights)


class StandInMixin(DelegatingMixin):
    """A meta-estimator that stands in for its model: it has what that learned, and its tags."""

    # The request of the estimator decides.
    __metadata_request__fit: ClassVar[dict[str, Any]] = {"sample_weight": UNUSED}

    @property
    def n_features_in_(self):
        """Number of columns seen in ``fit``."""
        return self._learned("n_features_in_")

    @property
    def feature_names_in_(self):
        """Names of the columns seen in ``fit``."""
        return self._learned("feature_names_in_")

    def _learned(self, name: str) -> Any:
        if not hasattr(self, "estimator_"):
            raise AttributeError(f"{type(self).__name__} has no {name} before fit.")
        return getattr(self.estimator_, name)

    def __sklearn_tags__(self):
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        for name in ("input_tags", "target_tags", "classifier_tags", "regressor_tags"):
            setattr(tags, name, getattr(inner, name))
        tags.non_deterministic = inner.non_deterministic
        return tags
