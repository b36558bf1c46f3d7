"""Any classifier or regressor that obeys corrections."""

import warnings
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import check_consistent_length
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.base._delegation import StandInMixin, delegated
from skcook.exceptions import SkcookWarning
from skcook.review._corrections import Corrections
from skcook.review._corrector import (
    EditedCells,
    apply_edits,
    correct_rows,
    learn_edits,
    plan_edit,
    strike_in_vectorizer,
)
from skcook.review._directions import constrain
from skcook.utils._sklearn import HasMethods, fit_context, params_of_rows, rows_of


class _Reviewed(StandInMixin, BaseEstimator):
    """What the reviewed classifier and the reviewed regressor have in common."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "corrections": [Corrections, list, tuple, None],
    }

    def __init__(self, estimator, *, corrections=()):
        self.estimator = estimator
        self.corrections = corrections

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, *, sample_weight=None, **fit_params):
        """Fit a clone of the estimator to the data as corrected.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns), or texts
            The training rows, as they come: what is corrected stays in them.
        y : array-like of shape (n_rows,), default=None
            The target.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights of the rows, for the ``fit`` of the estimator.
        **fit_params : object
            For the ``fit`` of the estimator.

        Returns
        -------
        self : object
            The fitted meta-estimator.

        Raises
        ------
        CorrectionError
            If a correction cannot be obeyed: by this model, or with these labels.
        ColumnsError
            If a correction names a column that `X` has not.

        Warns
        -----
        SkcookWarning
            If there are corrections of rows, and none of these rows is in `X`.
        """
        corrections = Corrections(() if self.corrections is None else self.corrections)
        estimator = clone(self.estimator)
        fit_params = self._routed(sample_weight, fit_params)
        self.n_rows_found_ = 0
        classes = None
        if y is not None and is_classifier(estimator) and corrections.of_kind("row", "direction"):
            classes = np.unique(np.asarray(y))
        if corrections.of_kind("row"):
            X, y, fit_params = self._correct_rows(corrections, X, y, fit_params, classes)
        words = corrections.of_kind("word")
        in_vectorizer = [w for w in words if w.feature.isalnum() and "column" not in w.detail]
        if in_vectorizer and strike_in_vectorizer(estimator, [w.feature for w in in_vectorizer]):
            words = [word for word in words if word not in in_vectorizer]
        self.edits_ = learn_edits(corrections, X, words)
        edited = apply_edits(self.edits_, X)
        directions = corrections.of_kind("direction")
        if directions:
            constrain(estimator, edited, y, directions, classes)
        self.corrections_ = corrections
        self.estimator_ = estimator.fit(edited, y, **fit_params)
        return self

    def _correct_rows(self, corrections, X, y, fit_params, classes):
        """Relabel rows and leave rows out."""
        if y is None:
            raise ValueError(
                f"requires y to be passed, but the target y is None: {type(self).__name__} "
                "corrects rows by their target."
            )
        check_consistent_length(X, y)
        y, kept, self.n_rows_found_ = correct_rows(corrections, X, np.asarray(y), classes)
        if not self.n_rows_found_:
            warnings.warn(
                f"None of the {len(corrections.of_kind('row'))} corrected rows is in X: either X "
                "is one part of the rows, as in cross-validation, or its values have changed.",
                SkcookWarning,
                stacklevel=4,
            )
        if kept.all():
            return X, y, fit_params
        rows = np.flatnonzero(kept)
        fit_params = params_of_rows(X, fit_params, rows)
        return rows_of(X, rows), y[rows], fit_params

    def correct(self, X):
        """Return rows as the model inside sees them.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns), or texts
            The rows.

        Returns
        -------
        X : same as input
            With columns held constant, levels replaced, words and groups of text taken out.
        """
        check_is_fitted(self)
        return apply_edits(self.edits_, X)

    def _passed_on(self, X):
        return apply_edits(self.edits_, X)

    def _edited_model(self):
        """Return what is done to rows as a step, and the model that answers as this one then."""
        return FunctionTransformer(self._passed_on), self.estimator_

    def _plan_answers(self, plan):
        edits = [plan_edit(edit, plan.columns) for edit in self.edits_]
        return plan(self.estimator_).of_rows(EditedCells(edits))

    @available_if(delegated("explain"))
    def explain(self, X, targets="predicted"):
        """Explain rows, if the estimator can.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns), or texts
            The rows.
        targets : {"predicted", "all"}, object, or list, default="predicted"
            What to explain.

        Returns
        -------
        explanations : Explanations
            One per row and target; a column that is held constant has no weight.
        """
        check_is_fitted(self)
        return self.estimator_.explain(apply_edits(self.edits_, X), targets)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "estimator_")


class ReviewedClassifier(ClassifierMixin, _Reviewed):
    """A classifier, pipeline or search that obeys corrections.

    A column that was struck is held constant and a word is taken out of the text, in ``fit`` and
    in ``predict`` alike. So the columns stay as they were: steps that name them, saved schemas
    and old clients keep working, and what a struck column says no longer matters.

    Parameters
    ----------
    estimator : estimator
        The classifier. ``fit`` fits a clone.
    corrections : Corrections or list of dict, default=()
        What it is to obey. An ordinary parameter, so a search can compare corrections.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier.
    corrections_ : Corrections
        The corrections that it obeys.
    edits_ : list of dict
        What is done to the data, as plain values.
    n_rows_found_ : int
        How many training rows were relabelled or left out.
    classes_ : ndarray of shape (n_classes,)
        The classes.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    ReviewedRegressor : The same for regressors.
    Review : Finds out what to correct.
    compare_models : Tells whether the corrections were a gain.

    Notes
    -----
    Words become stop words of the vectorizer if the text goes to one that has
    ``split_words``, such as `skcook.text.TextVectorizer`, so they are exactly its tokens. Before
    any other model they are taken out of the text where they stand alone, in whatever case.

    A direction is a monotone constraint. The column is followed through the fitted steps by its
    values, so it may be scaled or renamed on its way, but not mixed with others.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skcook.datasets import load_penguins
    >>> from skcook.review import Corrections, ReviewedClassifier
    >>> X, y = load_penguins(return_X_y=True)
    >>> X = X[["bill_length_mm", "body_mass_g"]]
    >>> corrections = Corrections().add("drop", "body_mass_g", why="the scales were broken")
    >>> model = ReviewedClassifier(
    ...     DecisionTreeClassifier(max_depth=2), corrections=corrections
    ... ).fit(X, y)
    >>> bool((model.predict(X) == model.predict(X.assign(body_mass_g=0.0))).all())
    True

    What cannot be obeyed is refused:

    >>> ReviewedClassifier(
    ...     DecisionTreeClassifier(), corrections=[{"kind": "drop", "feature": "mass"}]
    ... ).fit(X, y)
    Traceback (most recent call last):
    ...
    skcook.exceptions.ColumnsError: A correction names the column 'mass', which X has not. ...
    """

    score = StandInMixin.score  # before the accuracy or R2 of scikit-learn's mixin

    @property
    def classes_(self):
        """The classes."""
        return self._learned("classes_")


class ReviewedRegressor(RegressorMixin, _Reviewed):
    """A regressor, pipeline or search that obeys corrections.

    Parameters
    ----------
    estimator : estimator
        The regressor. ``fit`` fits a clone.
    corrections : Corrections or list of dict, default=()
        What it is to obey. An ordinary parameter, so a search can compare corrections.

    Attributes
    ----------
    estimator_ : estimator
        The fitted regressor.
    corrections_ : Corrections
        The corrections that it obeys.
    edits_ : list of dict
        What is done to the data, as plain values.
    n_rows_found_ : int
        How many training rows were relabelled or left out.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    ReviewedClassifier : The same for classifiers; its notes hold here as well.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from skcook.review import Corrections, ReviewedRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> corrections = Corrections().add("direction", "bmi", sign="up")
    >>> model = ReviewedRegressor(
    ...     HistGradientBoostingRegressor(max_iter=20), corrections=corrections
    ... )
    >>> heavier = X[:1].loc[[0] * 9].assign(bmi=np.linspace(-0.09, 0.17, 9))
    >>> bool((np.diff(model.fit(X, y).predict(heavier)) >= 0).all())
    True
    """

    score = StandInMixin.score  # before the accuracy or R2 of scikit-learn's mixin
