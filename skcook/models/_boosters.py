"""One adapter for each family of boosters: how it is stopped, and how it is told its rounds.

The three libraries agree on nothing: not on what the number of rounds is called, not on how
validation rows are passed in, not on whether they count the best round from zero or one or forget
it. An adapter hides that; a new family is one more class in the table at the end.
"""

import sys
import warnings
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple, Protocol

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import UNUSED

from skcook.base import DelegatingMixin
from skcook.utils import import_optional
from skcook.utils._sklearn import params_of_steps
from skcook.utils._validation import in_words

Curves = dict[str, dict[str, list[float]]]


class ValidationRows(NamedTuple):
    """Rows as a booster sees them."""

    X: Any
    y: np.ndarray
    sample_weight: Any


@dataclass(frozen=True)
class Stopped:
    """What a stopped fit found out."""

    n_rounds: int
    metric: str
    curves: Curves
    #: The model predicts with its best round, not with its last.
    keeps_best: bool = True


class Booster(Protocol):
    """What early stopping needs to know of a family."""

    #: The setting that holds a direction for each column.
    monotonic: str
    #: Labels have to be 0, 1, 2, ...
    wants_codes: bool

    def stop(
        self,
        model: Any,
        train: ValidationRows,
        validation: ValidationRows,
        patience: int,
        params: dict[str, Any],
        verbose: int = 0,
    ) -> Stopped:
        """Fit the model and stop it when `validation` has not got better for `patience` rounds."""

    def limit(self, model: Any) -> int:
        """Return the number of rounds that `model` is set to."""

    def final(self, model: Any, n_rounds: int) -> dict[str, Any]:
        """Return the settings for a fit of `model` of so many rounds, without stopping."""


class XGBoost:
    """XGBoost: the best round counts from zero, and of several metrics the last one stops."""

    monotonic = "monotone_constraints"
    wants_codes = True

    def stop(self, model, train, validation, patience, params, verbose=0):
        model.set_params(early_stopping_rounds=patience)
        callbacks, metrics = model.callbacks, model.eval_metric
        if metrics is None and model.get_params().get("disable_default_eval_metric"):
            raise ValueError(_NO_METRIC.format("XGBoost", "eval_metric"))
        if isinstance(metrics, list | tuple):  # the first is to stop, as with every booster
            model.set_params(eval_metric=[*metrics[1:], *metrics[:1]])
        if verbose:
            model.set_params(callbacks=[*(callbacks or []), _xgboost_reporter(verbose)])
        _fit(
            model,
            train,
            params,
            verbose=False,
            **_evaluated(train, validation, "sample_weight_eval_set"),
        )
        model.callbacks, model.eval_metric = callbacks, metrics
        seen, unseen = model.evals_result().values()
        return Stopped(int(model.best_iteration) + 1, list(unseen)[-1], _curves(seen, unseen))

    def limit(self, model):
        return model.n_estimators or 100  # XGBoost's own number

    def final(self, model, n_rounds):
        return {"n_estimators": n_rounds, "early_stopping_rounds": None}


class LightGBM:
    """LightGBM: its own stopping takes any metric, and none with dart; so ours stands in."""

    monotonic = "monotone_constraints"
    wants_codes = False
    #: What LightGBM calls its number of rounds; a name that is given goes before `n_estimators`.
    _ROUNDS = (
        *("num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round"),
        *("num_rounds", "nrounds", "num_boost_round", "max_iter", "n_estimators"),
    )
    #: What LightGBM calls its own stopping, for which a fit on all rows has no validation set.
    _OWN_STOPPING = ("early_stopping_round", "early_stopping_rounds", "early_stopping")

    def stop(self, model, train, validation, patience, params, verbose=0):
        model.set_params(**self._without_own_stopping(model))
        params, own_names = _with_names_of_own_metrics(params)
        stopping = _LightGBMStopping(patience, verbose, own_names)
        with warnings.catch_warnings():
            # LightGBM 4.7 deprecates `eval_set` for `eval_X` and `eval_y`, but leaves the labels
            # in `eval_y` untranslated: a classifier then fails on words and is wrong on 1, 2.
            warnings.filterwarnings("ignore", "The argument 'eval_set' is deprecated")
            _fit(
                model,
                train,
                params | {"callbacks": [*(params.get("callbacks") or []), stopping]},
                eval_names=["train", "validation"],
                **_evaluated(train, validation, "eval_sample_weight"),
            )
        seen, unseen = model.evals_result_["train"], model.evals_result_["validation"]
        # Dart changes the trees of earlier rounds, so the best ones are gone.
        keeps_best = self._boosting(model) != "dart"
        return Stopped(stopping.best + 1, stopping.metric, _curves(seen, unseen), keeps_best)

    def limit(self, model):
        given = model.get_params()
        return next(given[name] for name in self._ROUNDS if name in given)

    def final(self, model, n_rounds):
        given = model.get_params()
        rounds = {name: n_rounds for name in self._ROUNDS if name in given}
        return rounds | self._without_own_stopping(model)

    def _boosting(self, model):
        given = model.get_params()
        aliases = ("boosting", "boost", "boosting_type")
        return next((given[name] for name in aliases if given.get(name)), "gbdt")

    def _without_own_stopping(self, model):
        given = model.get_params()
        return {name: 0 for name in self._OWN_STOPPING if name in given}


class HistGradientBoosting:
    """scikit-learn's: keeps the rounds after the best one, and scores are greater-is-better."""

    monotonic = "monotonic_cst"
    wants_codes = False

    def stop(self, model, train, validation, patience, params, verbose=0):
        model.set_params(early_stopping=True, n_iter_no_change=patience)
        if verbose:
            model.set_params(verbose=1)
        _fit(
            model,
            train,
            params,
            X_val=validation.X,
            y_val=validation.y,
            sample_weight_val=validation.sample_weight,
        )
        # The first entry is the score before the first round.
        seen, unseen = model.train_score_[1:], model.validation_score_[1:]
        n_rounds = int(np.argmax(unseen)) + 1
        if model.scoring == "loss":
            seen, unseen = -seen, -unseen
        metric = model.scoring if isinstance(model.scoring, str) else "score"
        curves = _curves({metric: seen}, {metric: unseen})
        return Stopped(n_rounds, metric, curves, keeps_best=False)

    def limit(self, model):
        return model.max_iter

    def final(self, model, n_rounds):
        return {"max_iter": n_rounds, "early_stopping": False}


_NO_METRIC = "{} evaluates no metric, so nothing tells when to stop: name one in `{}`."


def _fit(model: Any, train: ValidationRows, params: dict[str, Any], **ours: Any) -> None:
    """Fit a booster with the parameters of the user, and those that early stopping gives it."""
    if both := sorted(ours.keys() & params.keys()):
        raise TypeError(
            f"Early stopping gives {type(model).__name__} its validation rows and reports: leave "
            f"out {in_words(both)}, and set validation_fraction, cv or verbose instead."
        )
    callbacks = [*(getattr(model, "callbacks", None) or []), *(params.get("callbacks") or [])]
    # It would fail in the last fit, which has no validation rows. LightGBM's class is private, so
    # its name tells.
    if any("EarlyStopping" in type(callback).__name__ for callback in callbacks):
        raise TypeError(
            f"Leave the early stopping out of the callbacks of {type(model).__name__}: "
            "n_iter_no_change tells when to stop."
        )
    model.fit(train.X, train.y, sample_weight=train.sample_weight, **ours, **params)


def _evaluated(
    train: ValidationRows, validation: ValidationRows, weights: str
) -> dict[str, list[Any] | None]:
    """Return the rows that are evaluated, and their weights under the library's name for them."""
    both = [train.sample_weight, validation.sample_weight]
    return {
        "eval_set": [(train.X, train.y), (validation.X, validation.y)],
        weights: None if train.sample_weight is None else both,
    }


def _with_names_of_own_metrics(params: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Let LightGBM's first metric, where it is a function, note its names; it is evaluated last."""
    metrics: Any = params.get("eval_metric")
    names: list[str] = []
    first, *rest = metrics if isinstance(metrics, list | tuple) and metrics else [metrics]
    if not callable(first):
        return params, []

    @wraps(first)  # LightGBM counts its parameters
    def noted(*args):
        found = first(*args)
        names[:] = [result[0] for result in (found if isinstance(found, list) else [found])]
        return found

    return params | {"eval_metric": [noted, *rest]}, names


class _LightGBMStopping:
    """Stop LightGBM once the first metric of the validation rows stalls, in every boosting mode."""

    before_iteration = False

    def __init__(self, patience: int, verbose: int, own_names: list[str]) -> None:
        # After the record of the round; LightGBM looks for the order in the instance.
        self.order = 30
        self.patience, self.verbose, self.own_names = patience, verbose, own_names
        self.metric = ""
        self.best, self.score = -1, np.nan

    def __call__(self, env: Any) -> None:
        # (rows, metric, value, greater is better, ...) of each metric, the training rows first.
        results: dict[str, dict[str, Any]] = {}
        for rows, metric, value, is_greater_better, *_ in env.evaluation_result_list:
            results.setdefault(metric, {"greater": is_greater_better})[rows] = value
        if not results:
            raise ValueError(_NO_METRIC.format("LightGBM", "metric"))
        self.metric = self.own_names[0] if self.own_names else next(iter(results))
        first = results[self.metric]
        score = first["validation"] if first["greater"] else -first["validation"]
        if self.best < 0 or score > self.score:
            self.best, self.score = env.iteration, score
        _report(self.verbose, env.iteration, self.metric, first["train"], first["validation"])
        is_last = env.iteration == env.end_iteration - 1
        if is_last or env.iteration - self.best >= self.patience:
            callback = import_optional("lightgbm.callback", feature="Early stopping", extra="boost")
            raise callback.EarlyStopException(self.best, env.evaluation_result_list)


def _xgboost_reporter(verbose: int) -> Any:
    """Return a callback of XGBoost that reports every so many rounds."""
    callback: Any = import_optional("xgboost.callback", feature="Early stopping", extra="boost")

    class Reporter(callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            train, validation = (list(curves.items())[-1] for curves in evals_log.values())
            _report(verbose, epoch, train[0], train[1][-1], validation[1][-1])
            return False

    return Reporter()


def _report(verbose: int, iteration: int, metric: str, train: float, validation: float) -> None:
    """Write how far the boosting is to the standard error, every `verbose` rounds."""
    if verbose and (iteration + 1) % verbose == 0:
        sys.stderr.write(
            f"round {iteration + 1}: {metric} {train:.6g} on the training rows, "
            f"{validation:.6g} on the validation rows\n"
        )
        sys.stderr.flush()


#: Library and base class of each family; looking up a name imports no library.
BOOSTERS: dict[tuple[str, str], Booster] = {
    ("xgboost", "XGBModel"): XGBoost(),
    ("lightgbm", "LGBMModel"): LightGBM(),
    ("sklearn", "BaseHistGradientBoosting"): HistGradientBoosting(),
}


def booster_of(estimator: Any) -> tuple[Any, Booster | None]:
    """Return the model that an estimator ends in, and the adapter of its family."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    for cls in type(estimator).__mro__:
        booster = BOOSTERS.get((cls.__module__.partition(".")[0], cls.__name__))
        if booster is not None:
            return estimator, booster
    return estimator, None


def input_tags(estimator: Any) -> Any:
    """Return what an estimator that may be a Pipeline takes."""
    tags = deepcopy(get_tags(estimator).input_tags)
    while isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        estimator = steps[0]
    # A Pipeline does not tell whether it takes missing values: its first step does.
    tags.allow_nan = get_tags(estimator).input_tags.allow_nan
    return tags


class WrapperMixin(DelegatingMixin):
    """Take the data that the estimator inside takes, and leave the weights to its request."""

    __metadata_request__fit = {"sample_weight": UNUSED}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = input_tags(self.estimator)
        return tags


def stop_at_the_end(
    model: Any,
    booster: Booster,
    train: tuple,
    validation: tuple,
    patience: int,
    verbose: int = 0,
) -> Stopped:
    """Fit the steps before the booster on the training rows, then stop the booster."""
    (X, y, params), (X_val, y_val, params_val) = train, validation
    while isinstance(model, Pipeline):
        of_steps, of_steps_val = (params_of_steps(model, p) for p in (params, params_val))
        for name, step in model.steps[:-1]:
            if step is None or step == "passthrough":
                continue
            if hasattr(step, "fit_transform"):
                X = step.fit_transform(X, y, **of_steps[name]["fit_transform"])
            else:
                X = step.fit(X, y, **of_steps[name]["fit"]).transform(X)
            X_val = step.transform(X_val)
        name, model = model.steps[-1]
        params, params_val = dict(of_steps[name]["fit"]), dict(of_steps_val[name]["fit"])
    return booster.stop(
        model,
        ValidationRows(X, y, params.pop("sample_weight", None)),
        ValidationRows(X_val, y_val, params_val.pop("sample_weight", None)),
        patience,
        params,
        int(verbose),
    )


def _curves(seen: Any, unseen: Any) -> Curves:
    return {
        name: {metric: [float(value) for value in values] for metric, values in curves.items()}
        for name, curves in (("train", seen), ("validation", unseen))
    }
