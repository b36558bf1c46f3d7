"""Early stopping that does not look at what it will be judged by.

A booster can stop itself when rows that it does not learn from are predicted no better. Inside a
pipeline that goes wrong: by the time the booster sets rows aside, the imputers and encoders before
it have learned from them. Here the raw rows are split first. The steps before the booster learn
from the training rows alone, the booster is stopped, and the whole pipeline is fitted again on all
rows with the number of rounds that was found.
"""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from skcook.models._boosters import Booster, WrapperMixin, booster_of, stop_at_the_end
from skcook.models._fit_data import learn_columns, read_target, validation_split
from skcook.models.tabular._model_columns import with_plain_names
from skcook.utils import import_optional
from skcook.utils._sklearn import (
    CallbackSupportMixin,
    HasMethods,
    Interval,
    fit_context,
    fit_tasks,
    params_of_rows,
    routing_enabled,
    rows_of,
)
from skcook.utils._validation import in_words


class BaseEarlyStopping(CallbackSupportMixin, WrapperMixin, BaseEstimator):
    """What stopping a classifier and stopping a regressor have in common."""

    _task: str

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict"])],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "cv": ["cv_object"],
        "shuffle": ["boolean"],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "refit": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator,
        *,
        validation_fraction=0.1,
        cv=None,
        shuffle=True,
        n_iter_no_change=50,
        max_iter=1000,
        refit=True,
        random_state=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.validation_fraction = validation_fraction
        self.cv = cv
        self.shuffle = shuffle
        self.n_iter_no_change = n_iter_no_change
        self.max_iter = max_iter
        self.refit = refit
        self.random_state = random_state
        self.verbose = verbose

    # `estimator` is checked by the fit of its clones.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, *, sample_weight=None, groups=None, **fit_params):
        """Find the number of rounds, then fit on all rows.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data, as the wrapped estimator takes it.
        y : array-like of shape (n_samples,)
            The target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. They reach the booster, and weigh the validation rows too. With
            metadata routing enabled they go wherever they are requested.
        groups : array-like of shape (n_samples,), default=None
            Groups that the split keeps together.
        **fit_params : dict
            More parameters of the wrapped estimator's ``fit``; a value with one entry per row
            is split like the rows.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        booster = self._booster()
        X, y, sample_weight, groups = indexable(X, y, sample_weight, groups)
        y = read_target(y, self._task, who=type(self).__name__)
        labels = self._encode(y, booster)
        if sample_weight is not None and not np.any(sample_weight):
            raise ValueError("All sample weights are zero: there is no row to learn from.")
        train, validation = validation_split(
            X,
            y,
            task=self._task,
            fraction=self.validation_fraction,
            cv=self.cv,
            shuffle=self.shuffle,
            groups=groups,
            random_state=self.random_state,
        )
        template = with_plain_names(self.estimator, X)
        is_wrapped = isinstance(template, Pipeline) and not isinstance(self.estimator, Pipeline)
        if is_wrapped and not routing_enabled():
            fit_params = {f"model__{name}": value for name, value in fit_params.items()}
        params = self._routed(sample_weight, fit_params, template)
        of_train, of_validation = (
            (rows_of(X, rows), labels[rows], params_of_rows(X, params, rows))
            for rows in (train, validation)
        )

        with fit_tasks(self, X, y) as task:
            model = clone(template)
            last, _ = booster_of(model)
            limit = booster.limit(last) if self.max_iter is None else self.max_iter
            last.set_params(**booster.final(last, limit))
            with task("find the rounds"):
                stopped = stop_at_the_end(
                    model, booster, of_train, of_validation, self.n_iter_no_change, self.verbose
                )
            self.n_iter_ = stopped.n_rounds
            self.evals_result_ = stopped.curves
            self.stopping_metric_ = stopped.metric
            curve = stopped.curves["validation"][stopped.metric]
            self.best_score_ = curve[self.n_iter_ - 1]
            if len(curve) == limit < self.n_iter_ + self.n_iter_no_change:
                warnings.warn(
                    f"{type(self).__name__} did not stop within {limit} rounds: its best round is "
                    f"number {self.n_iter_}. Raise max_iter, or the learning rate.",
                    ConvergenceWarning,
                    stacklevel=3,
                )
            if self.refit or not stopped.keeps_best:
                model = clone(template)
                last, _ = booster_of(model)
                last.set_params(**booster.final(last, self.n_iter_))
                rows, target, params = (X, labels, params) if self.refit else of_train
                with task("fit with these rounds", model):
                    model.fit(rows, target, **params)
        self.estimator_ = model
        learn_columns(self, X, model)
        return self

    def plot(self, *, metric=None, ax=None):
        """Draw how the metric went on, round by round.

        Parameters
        ----------
        metric : str, default=None
            One of those in ``evals_result_["validation"]``; None is the one that stopped.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        ax : matplotlib Axes
            The picture.
        """
        check_is_fitted(self)
        pyplot = import_optional("matplotlib.pyplot", feature="plot", extra="plot")
        metric = self.stopping_metric_ if metric is None else metric
        if metric not in self.evals_result_["validation"]:
            raise ValueError(
                f"There is no curve of {metric!r}. Those kept: "
                f"{in_words(list(self.evals_result_['validation']))}."
            )
        if ax is None:
            _, ax = pyplot.subplots(figsize=(7, 4), layout="constrained")
        styles = {"train": {"color": "0.6"}, "validation": {"color": "C0", "linewidth": 2}}
        for name, curves in self.evals_result_.items():
            rounds = np.arange(1, len(curves[metric]) + 1)
            ax.plot(rounds, curves[metric], label=f"{name} rows", **styles[name])
        best = self.evals_result_["validation"][metric][self.n_iter_ - 1]
        ax.axvline(self.n_iter_, color="C3", linewidth=1, linestyle="--")
        ax.plot(self.n_iter_, best, "o", color="C3", label=f"round {self.n_iter_}: {best:.4g}")
        ax.set(xlabel="Round", ylabel=metric, title=f"Best after {self.n_iter_} rounds")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False)
        return ax

    def get_metadata_routing(self):
        """Tell where the metadata of ``fit`` goes.

        Returns
        -------
        routing : MetadataRouter
            Everything goes to the wrapped estimator, `groups` stays here.
        """
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                estimator=self.estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
        )

    def _booster(self) -> Booster:
        last, booster = booster_of(self.estimator)
        if booster is None:
            what = type(self.estimator).__name__
            if isinstance(self.estimator, Pipeline):
                what = f"a Pipeline that ends in {type(last).__name__}"
            inner = getattr(last, "estimator", None)
            while inner is not None and booster_of(inner)[1] is None:
                inner = getattr(booster_of(inner)[0], "estimator", None)
            what_now = (
                "Any other model has no rounds to stop: fit it as it is."
                if inner is None
                else f"{type(last).__name__} fits the booster itself, in rounds that are not seen "
                f"from outside: put the early stopping into it, as {type(last).__name__}("
                f"{type(self).__name__}(booster)) or tabular_pipeline({type(self).__name__}("
                "booster), ...)."
            )
            raise ValueError(
                f"{type(self).__name__} stops XGBoost, LightGBM and HistGradientBoosting, alone or "
                f"at the end of a Pipeline; got {what}. {what_now}"
            )
        if get_tags(last).estimator_type != get_tags(self).estimator_type:
            raise ValueError(
                f"{type(self).__name__} needs a booster for {self._task}; "
                f"got {type(last).__name__}."
            )
        return booster

    def _encode(self, y: np.ndarray, booster: Booster) -> np.ndarray:
        return y


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
    verbose : int, default=0
        Report every so many rounds to the standard error; 0 is silent.

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
        The metric it is of: the first of the booster's `eval_metric`, `metric` or `scoring`.
    evals_result_ : dict
        ``{"train": {metric: [...]}, "validation": {metric: [...]}}``, one value per round.
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

    def _plan_answers(self, plan):
        answers = super()._plan_answers(plan)
        wants_codes = booster_of(self.estimator_)[1].wants_codes
        return answers.relabelled(self.classes_) if wants_codes else answers

    def _encode(self, y, booster):
        self.classes_, codes = np.unique(y, return_inverse=True)
        return codes if booster.wants_codes else y

    def _passed_back(self, y):
        return self.classes_[y] if booster_of(self.estimator_)[1].wants_codes else y


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
    verbose : int, default=0
        Report every so many rounds to the standard error; 0 is silent.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator.
    n_iter_ : int
        The number of rounds found.
    best_score_ : float
        The validation score of that round.
    stopping_metric_ : str
        The metric it is of: the first of the booster's `eval_metric`, `metric` or `scoring`.
    evals_result_ : dict
        ``{"train": {metric: [...]}, "validation": {metric: [...]}}``, one value per round.
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
