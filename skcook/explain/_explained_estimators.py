"""Any classifier or regressor, with ``explain``."""

from typing import Any, ClassVar

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from skcook.base import DelegatingMixin
from skcook.explain._explainer import BaseExplainer
from skcook.explain._self_explaining import SelfExplaining
from skcook.explain.tabular._tabular_explainer import TabularExplainer
from skcook.utils._sklearn import HasMethods, fit_context


class _Explained(SelfExplaining, DelegatingMixin, BaseEstimator):
    """What the explained classifier and the explained regressor have in common."""

    # The request of the estimator decides.
    __metadata_request__fit: ClassVar[dict[str, Any]] = {"sample_weight": UNUSED}

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit"])],
        "explainer": [BaseExplainer, None],
    }

    def __init__(self, estimator, *, explainer=None):
        self.estimator = estimator
        self.explainer = explainer

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, *, sample_weight=None, **fit_params):
        """Fit the estimator and learn the background.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The training rows.
        y : array-like of shape (n_rows,), default=None
            The target.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights of the rows, for the ``fit`` of the estimator and for the background.
        **fit_params : object
            For the ``fit`` of the estimator.

        Returns
        -------
        self : object
            The fitted meta-estimator.
        """
        params = self._routed(sample_weight, fit_params)
        self.estimator_ = clone(self.estimator).fit(X, y, **params)
        explainer = TabularExplainer() if self.explainer is None else clone(self.explainer)
        # The model is lent to its explainer, so that it is kept once.
        self.explainer_ = explainer.set_params(estimator=None)
        if sample_weight is not None and isinstance(explainer, TabularExplainer):
            explainer._fit_for(self.estimator_, X, y, sample_weight=sample_weight)
        else:
            explainer._fit_for(self.estimator_, X, y)
        return self

    def _explainer_and_model(self):
        check_is_fitted(self)
        return self.explainer_, self.estimator_

    @property
    def n_features_in_(self):
        """Number of columns seen in ``fit``."""
        if not hasattr(self, "estimator_"):
            raise AttributeError(f"{type(self).__name__} has no n_features_in_ before fit.")
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns seen in ``fit``."""
        if not hasattr(self, "estimator_"):
            raise AttributeError(f"{type(self).__name__} has no feature_names_in_ before fit.")
        return self.estimator_.feature_names_in_

    def _plan_answers(self, plan):
        return plan(self.estimator_)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "explainer_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        # Only frames and arrays have columns to explain.
        tags.input_tags.sparse = False
        tags.target_tags = inner.target_tags
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.non_deterministic = inner.non_deterministic
        return tags


class ExplainedClassifier(ClassifierMixin, _Explained):
    """A classifier, pipeline or search with ``explain``.

    It behaves as the classifier it wraps, and explains any row, any class. It clones, pickles,
    goes into a search (``estimator__C``, ``explainer__n_samples``) and into a model file with its
    background, so that a server explains a row at once.

    Parameters
    ----------
    estimator : estimator
        The classifier. ``fit`` fits a clone; one wrapped in
        :class:`sklearn.frozen.FrozenEstimator` is kept as it is.
    explainer : TabularExplainer or another explainer, default=None
        How to explain; its own `estimator` is not looked at. None: ``TabularExplainer()``.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier.
    explainer_ : TabularExplainer
        The fitted explainer.
    classes_ : ndarray of shape (n_classes,)
        The classes.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    ExplainedRegressor : The same for regressors.
    LimeExplainerMixin : The same for a class of one's own.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from skcook.datasets import load_penguins
    >>> from skcook.explain import ExplainedClassifier, TabularExplainer
    >>> X, y = load_penguins(return_X_y=True)
    >>> X = X.drop(columns=["island", "sex"])
    >>> model = ExplainedClassifier(
    ...     HistGradientBoostingClassifier(max_iter=20),
    ...     explainer=TabularExplainer(n_samples=1024, random_state=0),
    ... ).fit(X, y)
    >>> explanation = model.explain(X[:1])[0]
    >>> explanation.target, explanation.features[0].feature
    ('Adelie', 'bill_length_mm')
    """

    score = DelegatingMixin.score  # before the accuracy or R2 of scikit-learn's mixin

    @property
    def classes_(self):
        """The classes."""
        if not hasattr(self, "estimator_"):
            raise AttributeError(f"{type(self).__name__} has no classes_ before fit.")
        return self.estimator_.classes_


class ExplainedRegressor(RegressorMixin, _Explained):
    """A regressor, pipeline or search with ``explain``.

    Parameters
    ----------
    estimator : estimator
        The regressor. ``fit`` fits a clone; one wrapped in
        :class:`sklearn.frozen.FrozenEstimator` is kept as it is.
    explainer : TabularExplainer or another explainer, default=None
        How to explain; its own `estimator` is not looked at. None: ``TabularExplainer()``.

    Attributes
    ----------
    estimator_ : estimator
        The fitted regressor.
    explainer_ : TabularExplainer
        The fitted explainer.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    ExplainedClassifier : The same for classifiers.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from skcook.explain import ExplainedRegressor, TabularExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = ExplainedRegressor(
    ...     Ridge(), explainer=TabularExplainer(n_samples=1024, random_state=0)
    ... ).fit(X, y)
    >>> explanation = model.explain(X[:1])[0]
    >>> explanation.features[0].feature, explanation.r2 > 0.99
    ('bmi', True)
    """

    score = DelegatingMixin.score  # before the accuracy or R2 of scikit-learn's mixin
