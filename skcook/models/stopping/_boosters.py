"""One adapter for each family of boosters: how it is stopped, and how it is told its rounds.

The three libraries agree on nothing: not on what the number of rounds is called, not on how
validation rows are passed in, not on whether they count the best round from zero or one or forget
it. An adapter hides that; a new family is one more class in the table at the end.
"""

import warnings
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skcook.utils import import_optional
from skcook.utils._sklearn import params_of_steps

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


class Booster(Protocol):
    """What early stopping needs to know of a family."""

    #: The setting that holds the number of rounds.
    rounds: str
    #: Labels have to be 0, 1, 2, ...
    wants_codes: bool
    #: After the stopped fit, the model predicts with its best round, not with its last.
    keeps_best: bool

    def stop(
        self,
        model: Any,
        train: ValidationRows,
        validation: ValidationRows,
        patience: int,
        params: dict[str, Any],
    ) -> Stopped:
        """Fit the model and stop it when `validation` has not got better for `patience` rounds."""

    def final(self, model: Any, n_rounds: int) -> dict[str, Any]:
        """Return the settings for a fit of `model` of so many rounds, without stopping."""


class XGBoost:
    """XGBoost: the best round counts from zero, the last metric stops."""

    rounds = "n_estimators"
    wants_codes = True
    keeps_best = True

    def stop(self, model, train, validation, patience, params):
        weights = None
        if train.sample_weight is not None:
            weights = [train.sample_weight, validation.sample_weight]
        model.set_params(early_stopping_rounds=patience)
        model.fit(
            train.X,
            train.y,
            sample_weight=train.sample_weight,
            eval_set=[(train.X, train.y), (validation.X, validation.y)],
            sample_weight_eval_set=weights,
            verbose=False,
            **params,
        )
        seen, unseen = model.evals_result().values()
        return Stopped(int(model.best_iteration) + 1, list(unseen)[-1], _curves(seen, unseen))

    def final(self, model, n_rounds):
        return {"n_estimators": n_rounds, "early_stopping_rounds": None}


class LightGBM:
    """LightGBM: the best round counts from one, the first metric to stall stops."""

    rounds = "n_estimators"
    wants_codes = False
    keeps_best = True
    #: What LightGBM calls its own stopping, for which a fit on all rows has no validation set.
    _OWN_STOPPING = ("early_stopping_round", "early_stopping_rounds", "early_stopping")

    def stop(self, model, train, validation, patience, params):
        lightgbm = import_optional("lightgbm", feature="Early stopping", extra="boost")
        model.set_params(**self._without_own_stopping(model))
        weights = None
        if train.sample_weight is not None:
            weights = [train.sample_weight, validation.sample_weight]
        with warnings.catch_warnings():
            # LightGBM 4.7 deprecates `eval_set` for `eval_X` and `eval_y`, but leaves the labels
            # in `eval_y` untranslated: a classifier then fails on words and is wrong on 1, 2.
            warnings.filterwarnings("ignore", "The argument 'eval_set' is deprecated")
            model.fit(
                train.X,
                train.y,
                sample_weight=train.sample_weight,
                eval_set=[(train.X, train.y), (validation.X, validation.y)],
                eval_names=["train", "validation"],
                eval_sample_weight=weights,
                callbacks=[
                    *(params.pop("callbacks", None) or []),
                    lightgbm.early_stopping(patience, verbose=False),
                ],
                **params,
            )
        seen, unseen = model.evals_result_["train"], model.evals_result_["validation"]
        return Stopped(int(model.best_iteration_), next(iter(unseen)), _curves(seen, unseen))

    def final(self, model, n_rounds):
        return {"n_estimators": n_rounds, **self._without_own_stopping(model)}

    def _without_own_stopping(self, model):
        given = model.get_params()
        return {name: 0 for name in self._OWN_STOPPING if name in given}


class HistGradientBoosting:
    """scikit-learn's: keeps the rounds after the best one, and scores are greater-is-better."""

    rounds = "max_iter"
    wants_codes = False
    keeps_best = False

    def stop(self, model, train, validation, patience, params):
        model.set_params(early_stopping=True, n_iter_no_change=patience)
        model.fit(
            train.X,
            train.y,
            sample_weight=train.sample_weight,
            X_val=validation.X,
            y_val=validation.y,
            sample_weight_val=validation.sample_weight,
            **params,
        )
        # The first entry is the score before the first round.
        seen, unseen = model.train_score_[1:], model.validation_score_[1:]
        n_rounds = int(np.argmax(unseen)) + 1
        if model.scoring == "loss":
            seen, unseen = -seen, -unseen
        metric = model.scoring if isinstance(model.scoring, str) else "score"
        return Stopped(n_rounds, metric, _curves({metric: seen}, {metric: unseen}))

    def final(self, model, n_rounds):
        return {"max_iter": n_rounds, "early_stopping": False}


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


def stop_at_the_end(
    model: Any, booster: Booster, train: tuple, validation: tuple, patience: int
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
    )


def _curves(seen: Any, unseen: Any) -> Curves:
    return {
        name: {metric: [float(value) for value in values] for metric, values in curves.items()}
        for name, curves in (("train", seen), ("validation", unseen))
    }
