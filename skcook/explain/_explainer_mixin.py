"""``explain`` and ``what_would_change`` for any estimator class."""

from typing import Any, ClassVar

from sklearn.exceptions import NotFittedError

from skcook.explain._self_explaining import SelfExplaining
from skcook.explain.tabular._tabular_explainer import TabularExplainer


class LimeExplainerMixin(SelfExplaining):
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
