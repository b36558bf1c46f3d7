"""Early stopping of boosted classifiers and regressors."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.models.stopping._boosters import booster_of
from skcook.models.stopping._boosting_rounds import BaseEarlyStopping


def _final_has(method: str):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class EarlyStoppingClassifier(ClassifierMixin, BaseEarlyStopping):
    """Stop a boosted classifier, alone or at the end of a pipeline, at its best round.

    The raw rows are split before any step sees them; the booster is stopped on the rows set
    aside; then everything is fitted again on all rows with the number of rounds found. Labels may
    be anything that can be sorted, also for XGBoost.

    Parameters
    ----------
    estimator : estimator
        ``XGBClassifier``, ``LGBMClassifier``, ``HistGradientBoostingClassifier``, or a Pipeline
        that ends in one of them.
    validation_fraction : float, default=0.1
        Share of the rows to validate on, drawn with the classes in proportion.
    cv : int, cross-validation generator or iterable, default=None
        Splits the rows instead, for example ``TimeSeriesSplit()``; its last split is used.
    shuffle : bool, default=True
        False validates on the last rows: right for rows in order of time.
    n_iter_no_change : int, default=50
        Stop after so many rounds without a better validation score.
    max_iter : int or None, default=1000
        Most rounds to try, in place of the booster's own number; None leaves that as it is.
    refit : bool, default=True
        Fit again on all rows. False keeps the model of the training rows.
    random_state : int, RandomState instance or None, default=None
        Draws the validation rows.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator. XGBoost inside it knows the classes as 0, 1, 2, ...
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_iter_ : int
        The number of rounds found.
    best_score_ : float
        The validation score of that round.
    stopping_metric_ : str
        The metric it is of: the booster's `eval_metric`, `metric` or `scoring`.
    evals_result_ : dict
        ``{"train": {metric: [...]}, "validation": {metric: [...]}}``, one value a round.
    n_features_in_ : int
        Number of columns seen in ``fit``, if the estimator knows it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if the estimator knows them.

    See Also
    --------
    EarlyStoppingRegressor : The same for regression.

    Notes
    -----
    A seed makes the split, and so the number of rounds, repeatable. The number is found on fewer
    rows than the last fit has; it is not raised for them.

    References
    ----------
    Prechelt L. (1998), "Early Stopping - But When?", in: Neural Networks: Tricks of the Trade.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skcook.models import EarlyStoppingClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), HistGradientBoostingClassifier())
    >>> model = EarlyStoppingClassifier(pipeline, n_iter_no_change=10, random_state=0).fit(X, y)
    >>> 5 < model.n_iter_ < 200
    True
    >>> sorted(model.evals_result_)
    ['train', 'validation']
    """

    _task = "classification"

    def _encode(self, y, booster):
        self.classes_, codes = np.unique(y, return_inverse=True)
        return codes if booster.wants_codes else y

    def predict(self, X):
        """Predict the class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The labels.
        """
        labels = super().predict(X)
        return self.classes_[labels] if booster_of(self.estimator_)[1].wants_codes else labels

    @available_if(_final_has("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_final_has("decision_function"))
    def decision_function(self, X):
        """Score each class before it is made a probability.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the booster adds up.
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)


class EarlyStoppingRegressor(RegressorMixin, BaseEarlyStopping):
    """Stop a boosted regressor, alone or at the end of a pipeline, at its best round.

    The raw rows are split before any step sees them; the booster is stopped on the rows set
    aside; then everything is fitted again on all rows with the number of rounds found.

    Parameters
    ----------
    estimator : estimator
        ``XGBRegressor``, ``LGBMRegressor``, ``HistGradientBoostingRegressor``, or a Pipeline that
        ends in one of them.
    validation_fraction : float, default=0.1
        Share of the rows to validate on.
    cv : int, cross-validation generator or iterable, default=None
        Splits the rows instead, for example ``TimeSeriesSplit()``; its last split is used.
    shuffle : bool, default=True
        False validates on the last rows: right for rows in order of time.
    n_iter_no_change : int, default=50
        Stop after so many rounds without a better validation score.
    max_iter : int or None, default=1000
        Most rounds to try, in place of the booster's own number; None leaves that as it is.
    refit : bool, default=True
        Fit again on all rows. False keeps the model of the training rows.
    random_state : int, RandomState instance or None, default=None
        Draws the validation rows.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator.
    n_iter_ : int
        The number of rounds found.
    best_score_ : float
        The validation score of that round.
    stopping_metric_ : str
        The metric it is of: the booster's `eval_metric`, `metric` or `scoring`.
    evals_result_ : dict
        ``{"train": {metric: [...]}, "validation": {metric: [...]}}``, one value a round.
    n_features_in_ : int
        Number of columns seen in ``fit``, if the estimator knows it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if the estimator knows them.

    See Also
    --------
    EarlyStoppingClassifier : The same for classification.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from skcook.models import EarlyStoppingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = EarlyStoppingRegressor(HistGradientBoostingRegressor(), random_state=0).fit(X, y)
    >>> 5 < model.n_iter_ < 100
    True
    >>> model.predict(X[:2]).shape
    (2,)
    """

    _task = "regression"
