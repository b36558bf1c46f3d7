"""Many models on the same folds, side by side."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)
from sklearn.utils import ClassifierTags, RegressorTags, get_tags, indexable
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.models._fit_data import fit_weights, learn_columns, read_target
from skcook.models._labels import with_any_labels
from skcook.models._recipes import TASKS, make_model, model_names
from skcook.models.board._board_metrics import resolve_metrics
from skcook.models.board._board_table import board_frame, draw_board, fold_frame
from skcook.models.board._fit_candidates import mean_score, run_models
from skcook.models.tabular._tabular_pipeline import tabular_pipeline
from skcook.utils import import_optional
from skcook.utils._sklearn import (
    Interval,
    StrOptions,
    check_sample_weight,
    fit_context,
    num_samples,
)
from skcook.utils._validation import shown

#: A support vector machine with a kernel takes minutes from here on; it runs when asked for.
SVM_ROWS = 10_000


def _winner_has(method: str):
    def check(self):
        if hasattr(self, "best_estimator_"):
            getattr(self.best_estimator_, method)
            return True
        return self.task == "classification" and method == "predict_proba"

    return check


def _is_estimator(model: Any) -> bool:
    return hasattr(model, "fit") and not isinstance(model, type)


class Leaderboard(MetaEstimatorMixin, BaseEstimator):
    """Cross-validate many models on the same folds, rank them, and predict with the best.

    A model that fails does not end the run: it stays on the board with its reason.

    Parameters
    ----------
    task : {"classification", "regression"}, default="classification"
        The task.
    models : None, list of str, or dict, default=None
        The models. A list names recipes of `make_model`; each gets the preprocessing that
        `tabular_pipeline` puts in front of it. A dict gives names to estimators, or to recipes.
        None takes every recipe for the task, without the support vector machine where there are
        more than 10,000 rows.
    cv : int, cross-validation generator or iterable, default=5
        The folds. An int makes shuffled folds, with the classes in proportion, and with groups
        kept together where ``fit`` gets them.
    scoring : None, str, callable, list or dict, default=None
        The metrics, as in :func:`~sklearn.model_selection.cross_validate`; the first one ranks.
        None takes the usual ones for the task.
    refit : bool or str, default=True
        Fit the winner on all rows. A metric's name makes that metric the one that ranks. False
        leaves a board that cannot predict.
    n_jobs : int or None, default=None
        How many fits run at once. The models themselves should then use one thread each, as the
        recipes do.
    random_state : int or None, default=0
        Shuffles the folds of an int `cv`; the same folds for the same number.
    verbose : int, default=1
        0 is silent, 1 reports every model to the standard error, 2 every fit.

    Attributes
    ----------
    leaderboard_ : DataFrame
        One row per model, the best first: ``model``; for each metric its mean over the folds and,
        as ``..._std``, its standard deviation; ``fit_seconds`` and ``score_seconds`` a fold;
        ``error``, empty if there was none. Metrics are greater-is-better, as scikit-learn's
        scorers are: errors and losses are negative.
    fold_scores_ : DataFrame
        One row per model and fold, with every metric, the seconds and the error.
    results_ : list of dict
        What both are made of.
    best_name_ : str
        The winner.
    best_score_ : float
        Its mean score by the metric that ranks.
    best_estimator_ : estimator
        The winner, fitted on all rows; only with `refit`.
    metrics_ : list of str
        The metrics, the one that ranks first.
    classes_ : ndarray of shape (n_classes,)
        The labels; only for classification.
    n_features_in_ : int
        Number of columns seen in ``fit``, if known.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` was a frame.

    See Also
    --------
    make_model : The recipes.
    sklearn.model_selection.GridSearchCV : Many settings of one model.

    Notes
    -----
    The winner is chosen by the scores that the board shows, so its own score flatters it a
    little. Hold rows back, or cross-validate the Leaderboard itself, to know what it is worth.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcook.models import Leaderboard
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> board = Leaderboard(
    ...     "regression", models=["linear", "decision_tree", "knn"], verbose=0
    ... ).fit(X, y)
    >>> board.leaderboard_[["model", "r2"]].round(2)
               model    r2
    rank
    1         linear  0.49
    2            knn  0.45
    3  decision_tree  0.33
    >>> board.predict(X).shape
    (442,)
    """

    _parameter_constraints = {
        "task": [StrOptions(set(TASKS))],
        "models": [dict, list, tuple, None],
        "cv": ["cv_object"],
        "scoring": [str, callable, list, tuple, dict, None],
        "refit": ["boolean", str],
        "n_jobs": [Integral, None],
        "random_state": [Interval(Integral, 0, None, closed="left"), None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        task="classification",
        *,
        models=None,
        cv=5,
        scoring=None,
        refit=True,
        n_jobs=None,
        random_state=0,
        verbose=1,
    ):
        self.task = task
        self.models = models
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, *, sample_weight=None, groups=None):
        """Cross-validate every model, then fit the winner on all rows.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data, as the models take it.
        y : array-like of shape (n_samples,)
            The target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, in the fits and in the metrics. A model, or a metric, that cannot
            weigh rows is a failure with its reason. With metadata routing enabled, the steps of a
            Pipeline and the scorers have to request it.
        groups : array-like of shape (n_samples,), default=None
            Groups that the folds keep together.

        Returns
        -------
        self : object
            The fitted board.
        """
        X, y, sample_weight, groups = indexable(X, y, sample_weight, groups)
        y = read_target(y, self.task, who="Leaderboard")
        if self.task == "classification":
            self.classes_ = np.unique(y)
        scorers = self._scorers(y)
        self.metrics_ = list(scorers)
        models = self._models(num_samples(X), y)
        folds = list(self._splitter(y, groups).split(X, y, groups))

        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X)
        self.results_ = run_models(
            models, X, y, folds, scorers, sample_weight=sample_weight, n_jobs=self.n_jobs,
            verbose=self.verbose,
        )  # fmt: skip
        ranked = sorted(
            (row for row in self.results_ if not row["error"]),
            key=lambda row: mean_score(row, self.metrics_[0]),
            reverse=True,
        )
        failed = [row for row in self.results_ if row["error"]]
        self.results_ = ranked + failed
        if not ranked:
            reasons = "; ".join(f"{row['model']}: {row['error']}" for row in failed)
            all_types = all(row["error"].startswith("TypeError") for row in failed)
            raise (TypeError if all_types else ValueError)(f"Every model failed. {reasons}")
        self.best_name_ = ranked[0]["model"]
        self.best_score_ = mean_score(ranked[0], self.metrics_[0])
        if self.refit is not False:
            winner = clone(models[self.best_name_])
            self.best_estimator_ = winner.fit(X, y, **fit_weights(winner, sample_weight))
            learn_columns(self, X, self.best_estimator_)
        return self

    @property
    def leaderboard_(self):
        """The board, one row per model, the best first."""
        check_is_fitted(self, "results_")
        return board_frame(self.results_, self.metrics_)

    @property
    def fold_scores_(self):
        """The scores of every fold."""
        check_is_fitted(self, "results_")
        return fold_frame(self.results_, self.metrics_)

    def predict(self, X):
        """Predict with the winner.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The predictions.
        """
        self._check_winner()
        return self.best_estimator_.predict(X)

    @available_if(_winner_has("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each class with the winner.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        self._check_winner()
        return self.best_estimator_.predict_proba(X)

    @available_if(_winner_has("decision_function"))
    def decision_function(self, X):
        """Score each class with the winner.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the winner gives.
        """
        self._check_winner()
        return self.best_estimator_.decision_function(X)

    def score(self, X, y, sample_weight=None):
        """Score the winner by the metric that ranks.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            Data that the board has not seen.
        y : array-like of shape (n_samples,)
            Its target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Greater is better.
        """
        self._check_winner()
        y = read_target(y, "regression" if self.task == "regression" else "any", who="Leaderboard")
        scorer = self._scorers(y)[self.metrics_[0]]
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(scorer(self.best_estimator_, X, y, **weights))

    def plot(self, *, metric=None, ax=None):
        """Draw the scores of every fold, one line per model.

        Parameters
        ----------
        metric : str, default=None
            One of ``metrics_``; None is the one that ranks.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        ax : matplotlib Axes
            The picture.
        """
        check_is_fitted(self, "results_")
        pyplot = import_optional("matplotlib.pyplot", feature="plot", extra="plot")
        metric = self.metrics_[0] if metric is None else metric
        if metric not in self.metrics_:
            raise ValueError(f"There is no metric {metric!r}. Those kept: {shown(self.metrics_)}.")
        if ax is None:
            size = (7, 1.2 + 0.45 * len(self.results_))
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        draw_board(self.results_, metric, ax, self.best_name_)
        return ax

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self.task == "classification":
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        else:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        given = self.models.values() if isinstance(self.models, dict) else []
        inputs = [get_tags(m).input_tags for m in given if _is_estimator(m)]
        for name in ("allow_nan", "sparse", "string", "categorical"):
            setattr(tags.input_tags, name, any(getattr(tag, name) for tag in inputs))
        return tags

    def _check_winner(self) -> None:
        check_is_fitted(self, "results_")
        if not hasattr(self, "best_estimator_"):
            raise AttributeError("This board was made with refit=False: it ranks, only.")

    def _scorers(self, y: np.ndarray) -> dict[str, Any]:
        scorers = resolve_metrics(self.scoring, self.task, y)
        if isinstance(self.refit, str):
            if self.refit not in scorers:
                raise ValueError(
                    f"refit={self.refit!r} is none of the metrics: {shown(list(scorers))}."
                )
            scorers = {self.refit: scorers[self.refit], **scorers}
        return scorers

    def _splitter(self, y: np.ndarray, groups: Any) -> Any:
        if not isinstance(self.cv, Integral):
            return check_cv(self.cv, y, classifier=self.task == "classification")
        if self.task == "classification":
            kind = StratifiedKFold if groups is None else StratifiedGroupKFold
        else:
            kind = KFold if groups is None else GroupKFold
        return kind(self.cv, shuffle=True, random_state=self.random_state)

    def _models(self, n_rows: int, y: np.ndarray) -> dict[str, Any]:
        """Return the models by name; an exception in place of one that cannot be built."""
        given = self.models
        if given is None:
            given = model_names(self.task)
        if not isinstance(given, dict):
            given = {name: name for name in given}
        if not given:
            raise ValueError("models is empty: name at least one, or leave it None for all.")
        models = {}
        for name, model in given.items():
            if isinstance(model, str):
                model = self._recipe(model, n_rows)
            elif not _is_estimator(model):
                what = "a class" if isinstance(model, type) else type(model).__name__
                raise TypeError(
                    f"The model {name!r} is no estimator but {what}. Give an "
                    f"instance, or one of the names {shown(model_names(self.task))}."
                )
            if self.task == "classification" and not isinstance(model, Exception):
                model = with_any_labels(model, y)
            models[str(name)] = model
        return models

    def _recipe(self, name: str, n_rows: int) -> Any:
        if self.models is None and name == "svm" and n_rows > SVM_ROWS:
            return RuntimeError(
                f"not run: it takes minutes for {n_rows:,} rows; name it in `models` to run it"
            )
        try:
            return tabular_pipeline(make_model(name, self.task), self.task)
        except ImportError as exc:
            return exc
