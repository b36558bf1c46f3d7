"""Models that explain themselves, and what explains a saved one."""

from typing import Any, ClassVar

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.exceptions import NotFittedError

from skcook.base._delegation import StandInMixin
from skcook.explain._explainer import BaseExplainer, ExplainsTables
from skcook.explain.masked._image_explainer import ImageExplainer
from skcook.explain.masked._text_explainer import TextExplainer
from skcook.explain.tabular._tabular_explainer import TabularExplainer
from skcook.utils._sklearn import HasMethods, fit_context


class LimeExplainerMixin(ExplainsTables):
    """Give an estimator class ``explain``, ``what_would_change`` and ``report``.

    Put it left of the estimator: its ``fit`` then learns the background as well. A class with a
    ``fit`` of its own calls `fit_explainer` at the end of that.

    Attributes
    ----------
    explainer_params : dict
        Class attribute: parameters of `TabularExplainer`, where the defaults do not suit.
    explainer_ : TabularExplainer
        The background and the sample, without the model.

    See Also
    --------
    ExplainedClassifier : The same for a classifier object, without a new class.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skcook.explain import LimeExplainerMixin
    >>> class Forest(LimeExplainerMixin, RandomForestClassifier):
    ...     explainer_params = {"random_state": 0}
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> forest = Forest(n_estimators=20, random_state=0).fit(X, y)
    >>> forest.explain(X[:1])[0].features[0].feature
    'petal width (cm)'
    """

    explainer_params: ClassVar[dict[str, Any]] = {}

    def fit(self, X, y=None, **fit_params):
        """Fit the estimator and learn the background.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The training rows.
        y : array-like of shape (n_rows,), default=None
            The target.
        **fit_params : object
            For the ``fit`` of the estimator.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        super().fit(X, y, **fit_params)
        return self.fit_explainer(X, y)

    def fit_explainer(self, X, y=None):
        """Learn the background and score the sample; the estimator is fitted already.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The background, usually the training rows.
        y : array-like of shape (n_rows,), default=None
            The target, for ``discretizer="entropy"``.

        Returns
        -------
        self : object
            The estimator.
        """
        # The explainer must not hold the estimator that holds it.
        self.explainer_ = TabularExplainer(**self.explainer_params)._fit_for(self, X, y)
        return self

    def _explainer_and_model(self) -> tuple[Any, Any]:
        if not hasattr(self, "explainer_"):
            raise NotFittedError(
                f"This {type(self).__name__} has no background yet: call fit, or "
                "fit_explainer(X) if it is fitted."
            )
        return self.explainer_, self


class _Explained(ExplainsTables, StandInMixin, BaseEstimator):
    """What the explained classifier and the explained regressor have in common."""

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
        if not hasattr(self, "explainer_"):
            raise NotFittedError(f"This {type(self).__name__} is not fitted yet: call fit first.")
        return self.explainer_, self.estimator_

    def __sklearn_is_fitted__(self):
        return hasattr(self, "explainer_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Only frames and arrays have columns to explain.
        tags.input_tags.sparse = False
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

    score = StandInMixin.score  # before the accuracy or R2 of scikit-learn's mixin

    @property
    def classes_(self):
        """The classes."""
        return self._learned("classes_")


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

    score = StandInMixin.score  # before the accuracy or R2 of scikit-learn's mixin


#: Below this many pixels a side, squares are as good as superpixels that follow what is seen.
SMALL_IMAGE = 64


def explainer_of(artifact: Any) -> Any:
    """Return what explains the model of a file, or None: it has no background, or no target."""
    model, background = artifact.model, artifact.background
    if callable(getattr(model, "explain", None)) and not hasattr(model, "recommend"):
        return model
    if background is None or artifact.manifest.get("task") not in ("classifier", "regressor"):
        return None
    if artifact.schema.input == "texts":
        return TextExplainer(model, random_state=0).fit(background)
    if artifact.schema.input == "images":
        return ImageExplainer(model, **_cut(artifact.schema.columns[0])).fit(background)
    return TabularExplainer(model, random_state=0).fit(background)


def _cut(column: Any) -> dict[str, Any]:
    """Return how images of this size are cut: into some 64 parts, so that the cost is known."""
    if min(column.shape[:2]) >= SMALL_IMAGE:
        return {"segmenter": "slic", "random_state": 0}
    return {"segmenter": "grid", "hide_color": column.minimum, "random_state": 0}
