"""Many models on the same folds, side by side."""

import time
import warnings
from numbers import Integral, Real
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import ClassifierTags, RegressorTags, get_tags, indexable
from sklearn.utils.validation import check_is_fitted

from skcook.base import DelegatingMixin
from skcook.base._delegation import fit_weights
from skcook.models._fit_data import learn_columns, read_target, read_weights
from skcook.models._recipes import TASKS
from skcook.models.board._board_setup import (
    board_folds,
    board_models,
    is_estimator,
    resolve_metrics,
)
from skcook.models.board._board_table import (
    board_frame,
    board_html,
    draw_board,
    fold_frame,
    headline,
    rank_rows,
)
from skcook.models.board._fit_candidates import BoardData, mean_score, run_models
from skcook.models.board._search_and_blend import blend_of, search_board, stack_folds, stack_of
from skcook.utils._sklearn import (
    CallbackSupportMixin,
    Interval,
    StrOptions,
    fit_context,
    fit_tasks,
)
from skcook.utils._validation import in_words

#: The data and the out-of-fold predictions of each fitted board, for `blend` and `stack`. Not among
#: its attributes: whoever copies or saves the board, or looks through it, should not meet them.
_REMEMBERED: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


class Leaderboard(CallbackSupportMixin, DelegatingMixin, BaseEstimator):
    """Cross-validate many models on the same folds, rank them, and predict with the best.

    A model that fails does not end the run: it stays on the board with its reason. Models whose
    scores do not differ from the best one's by more than chance are shown as tied with it.

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
    search : {"random", "optuna"} or None, default=None
        Search the settings of the recipes (`search_space`), on the same folds; each model keeps its
        best. None takes the recipes as they are. Estimators of one's own are not searched.
    n_iter : int or None, default=None
        How many settings to try for each recipe; None is 10, or no limit with a `time_budget`.
    time_budget : float or None, default=None
        Seconds after which no other model, and no other settings, are begun.
    compare : {"corrected_t", "bayes"}, default="corrected_t"
        How ``p_best`` is found: the corrected resampled t-test [1]_, or the probability by the
        correlated Bayesian t-test [2]_ that the best is not better by more than `rope`.
    rope : float, default=0.01
        Difference of the metric that makes no difference in practice; for "bayes".
    return_train_score : bool, default=False
        Also score the training rows: a column ``..._train`` for each metric.
    verbose : int, default=1
        0 is silent, 1 reports every model to the standard error, 2 every fit.

    Attributes
    ----------
    leaderboard_ : DataFrame
        One row per model, the best first: ``model``; for each metric its mean over the folds and,
        as ``..._std``, its standard deviation; ``p_best``, how well the scores agree with the model
        being as good as the best, and ``ties_with_best``, whether that is 0.05 or more;
        ``fit_seconds`` and ``score_seconds`` per fold; ``error``, empty if there was none. Metrics
        are greater-is-better, as scikit-learn's scorers are: errors and losses are negative.
    fold_scores_ : DataFrame
        One row per model and fold, with every metric, the seconds and the error.
    results_ : list of dict
        What both are made of, with the settings that a search found.
    models_ : dict of str to estimator
        The models, not fitted, with their best settings.
    best_name_ : str or None
        The winner; None if the metric that ranks has no value for any model.
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
    little, and the more settings a search tries, the more. Hold rows back, or cross-validate the
    Leaderboard itself, to know what it is worth.

    A metric that has no value on one fold is NaN there, and ranks by the other folds. A class with
    one row only is in the training rows of every fold.

    The board remembers the data of ``fit`` for `blend` and `stack`; a copy or a saved file does
    not.

    References
    ----------
    .. [1] Nadeau C., Bengio Y. (2003), "Inference for the Generalization Error", Machine Learning
       52.
    .. [2] Benavoli A. et al. (2017), "Time for a Change: a Tutorial for Comparing Multiple
       Classifiers Through Bayesian Analysis", JMLR 18.

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
    >>> board.blend().fit(X, y).predict(X).shape
    (442,)
    >>> Leaderboard(verbose=0).fit(X, y)
    Traceback (most recent call last):
        ...
    ValueError: y holds 214 different numbers in 442 rows, too many for classes: set
    task="regression", or use fewer folds than the rows of each class.
    """

    _parameter_constraints = {
        "task": [StrOptions(set(TASKS))],
        "models": [dict, list, tuple, None],
        "cv": ["cv_object"],
        "scoring": [str, callable, list, tuple, dict, None],
        "refit": ["boolean", str],
        "n_jobs": [Integral, None],
        "random_state": [Interval(Integral, 0, None, closed="left"), None],
        "search": [StrOptions({"random", "optuna"}), None],
        "n_iter": [Interval(Integral, 1, None, closed="left"), None],
        "time_budget": [Interval(Real, 0, None, closed="neither"), None],
        "compare": [StrOptions({"corrected_t", "bayes"})],
        "rope": [Interval(Real, 0, None, closed="left")],
        "return_train_score": ["boolean"],
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
        search=None,
        n_iter=None,
        time_budget=None,
        compare="corrected_t",
        rope=0.01,
        return_train_score=False,
        verbose=1,
    ):
        self.task = task
        self.models = models
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.search = search
        self.n_iter = n_iter
        self.time_budget = time_budget
        self.compare = compare
        self.rope = rope
        self.return_train_score = return_train_score
        self.verbose = verbose

    # Weights and groups are its own: it hands them to many models.
    get_metadata_routing = BaseEstimator.get_metadata_routing

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
            weigh rows is a failure with its reason. With metadata routing enabled, estimators and
            scorers of one's own have to request it; recipes and metrics by name do.
        groups : array-like of shape (n_samples,), default=None
            Groups that the folds keep together.

        Returns
        -------
        self : object
            The fitted board.
        """
        start = time.perf_counter()
        X, y, sample_weight, groups = indexable(X, y, sample_weight, groups)
        y = read_target(y, self.task, who="Leaderboard")
        if self.task == "classification":
            self.classes_ = np.unique(y)
        scorers = resolve_metrics(self.scoring, self.task, y, self.refit)
        self.metrics_ = list(scorers)
        self.models_ = board_models(self.models, self.task, X, y)
        sample_weight = read_weights(sample_weight, X, y, self.task)
        folds = board_folds(self.cv, self.task, self.random_state, X, y, groups)
        data = BoardData(
            X, y, folds, scorers, sample_weight, getattr(self, "classes_", None),
            self.return_train_score, groups,
        )  # fmt: skip
        deadline = None if self.time_budget is None else start + self.time_budget
        with fit_tasks(self, X, y) as task:
            rows = run_models(
                self.models_, data, n_jobs=self.n_jobs, verbose=self.verbose, task=task,
                deadline=deadline,
            )  # fmt: skip
            if self.search is not None:
                rows = search_board(
                    self.models_, self.models, rows, data, task=self.task, search=self.search,
                    n_iter=self.n_iter, deadline=deadline, seed=self.random_state,
                    n_jobs=self.n_jobs, verbose=self.verbose,
                )  # fmt: skip
            self._rank(rows, data)
            if self.refit is not False and self.best_name_ is not None:
                winner = clone(self.models_[self.best_name_])
                with task(f"{self.best_name_}, all rows", winner):
                    self.best_estimator_ = winner.fit(X, y, **fit_weights(winner, sample_weight))
                learn_columns(self, X, self.best_estimator_)
        return self

    @property
    def leaderboard_(self):
        """The board, one row per model, the best first."""
        check_is_fitted(self, "results_")
        return board_frame(self.results_, self.metrics_, train=self.return_train_score)

    @property
    def fold_scores_(self):
        """The scores of every fold."""
        check_is_fitted(self, "results_")
        return fold_frame(self.results_, self.metrics_, train=self.return_train_score)

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
        winner = self._delegate()
        y = read_target(y, "regression" if self.task == "regression" else "any", who="Leaderboard")
        values = getattr(self, "classes_", y)
        scorer = resolve_metrics(self.scoring, self.task, values, self.refit)[self.metrics_[0]]
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(scorer(winner, X, y, **weights))

    def blend(self):
        """Average the models, each as often as it helps the out-of-fold predictions.

        The weights come from the predictions that ``fit`` has made already, by greedy selection
        (Caruana et al. 2004): each turn adds the model that lowers the log loss, or the squared
        error, of the average most. Only the models chosen are fitted, on all rows.

        Returns
        -------
        blend : VotingClassifier or VotingRegressor
            The fitted average, an estimator of scikit-learn.
        """
        data, predictions = self._remembered()
        return blend_of(self.models_, predictions, data, self.task).fit(data.X, data.y)

    def stack(self, top=3, *, final_estimator=None):
        """Let a model learn from the out-of-fold predictions of the best ones.

        Parameters
        ----------
        top : int, default=3
            How many models, from the first one down.
        final_estimator : estimator, default=None
            The model on top; None is scikit-learn's choice, a logistic or a ridge regression.

        Returns
        -------
        stack : StackingClassifier or StackingRegressor
            The fitted stack, an estimator of scikit-learn. Its `cv` are the folds of an int `cv`,
            or, with groups and with other splits, the board's own folds, which must put each row
            into one of their tests.
        """
        data, _ = self._remembered()
        cv = stack_folds(self.cv, self.task, self.random_state, data)
        stack = stack_of(self.models_, self.results_, top, final_estimator, task=self.task, cv=cv)
        return stack.fit(data.X, data.y)

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
        metric = self.metrics_[0] if metric is None else metric
        if metric not in self.metrics_:
            raise ValueError(
                f"There is no metric {metric!r}. Those kept: {in_words(self.metrics_)}."
            )
        return draw_board(self.results_, metric, ax, self.best_name_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self.task == "classification":
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        else:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        given = self.models.values() if isinstance(self.models, dict) else []
        inputs = [get_tags(m).input_tags for m in given if is_estimator(m)]
        for name in ("allow_nan", "sparse", "string", "categorical"):
            setattr(tags.input_tags, name, any(getattr(tag, name) for tag in inputs))
        return tags

    def _html_repr(self):
        diagram = super()._html_repr()
        if not hasattr(self, "results_"):
            return diagram
        return board_html(self.leaderboard_, headline(self.results_, self.best_name_)) + diagram

    def _delegate(self):
        check_is_fitted(self, "results_")
        if not hasattr(self, "best_estimator_"):
            why = "was made with refit=False" if self.refit is False else "has no winner"
            raise AttributeError(f"This board {why}: it only ranks; refit to predict.")
        return self.best_estimator_

    def _delegates(self, method):
        if hasattr(self, "best_estimator_"):
            getattr(self.best_estimator_, method)
            return True
        return self.task == "classification" and method == "predict_proba"

    def _remembered(self):
        """Return the data of ``fit`` and the out-of-fold predictions of each model."""
        check_is_fitted(self, "results_")
        if self not in _REMEMBERED:
            raise ValueError(
                "A board that was copied or saved has not kept the data of fit: make blends and "
                "stacks of the board that was fitted."
            )
        data, predictions = _REMEMBERED[self]
        if data.weight is not None:
            raise ValueError(
                "Blends and stacks take no weights, and this board was fitted with some: fit a "
                "board without them."
            )
        return data, predictions

    def _rank(self, rows, data):
        """Put the best first, compare the others with it, and name the winner."""
        metric = self.metrics_[0]
        self.results_ = rank_rows(rows, metric, data.folds, self.compare, self.rope)
        _REMEMBERED[self] = data, {row["model"]: row.pop("predictions") for row in rows}
        best = self.results_[0]
        self.best_name_, self.best_score_ = best["model"], mean_score(best, metric)
        if not np.isfinite(self.best_score_):
            errors = [r["error"] for r in self.results_ if r["error"] and not r["failed"]]
            reason = errors[0] if errors else "it is NaN everywhere"
            warnings.warn(
                f"No model leads: {metric!r} has no value for any of them ({reason}).",
                UserWarning,
                stacklevel=5,
            )
            self.best_name_, self.best_score_ = None, np.nan
