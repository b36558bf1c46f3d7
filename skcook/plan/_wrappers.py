"""Models around models: pipelines, searches, calibration, thresholds, votes, stacks.

A wrapper of scikit-learn keeps its own arithmetic: it is copied, and its fitted members are
replaced by `PlannedMember`, which answers from its plan. Wrappers of skcook say by
`_plan_answers` what they make of the answers within.
"""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if

from skcook.base._flow import FlowColumn
from skcook.exceptions import PlanRefused
from skcook.plan._matrix import Cells
from skcook.plan._models import METHODS, SUMS, Answers, compile_final
from skcook.plan._steps import compile_step, is_sklearn

#: The attribute that holds the fitted members, by class.
_MEMBERS = {
    "CalibratedClassifierCV": "calibrated_classifiers_",
    "FixedThresholdClassifier": "estimator_",
    "TunedThresholdClassifierCV": "estimator_",
    "TransformedTargetRegressor": "regressor_",
    "VotingClassifier": "estimators_",
    "VotingRegressor": "estimators_",
    "StackingClassifier": "estimators_",
    "StackingRegressor": "estimators_",
    "MultiOutputClassifier": "estimators_",
    "MultiOutputRegressor": "estimators_",
}
_SEARCHES = frozenset(
    ["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"]
)


def compile_model(model: Any, columns: Sequence[FlowColumn]) -> Answers:
    """Return the answers of a fitted model to columns; raise `PlanRefused` if it has no plan."""
    own = getattr(model, "_plan_answers", None)
    if own is not None:
        return own(Planner(columns))
    name = type(model).__name__
    if is_sklearn(model):
        if name == "Pipeline":
            for _, step in model.steps[:-1]:
                columns = compile_step(step, columns)
            return compile_model(model.steps[-1][1], columns)
        if name in _SEARCHES:
            return compile_model(model.best_estimator_, columns)
        if name == "FrozenEstimator":
            return compile_model(model.estimator, columns)
        if name in _MEMBERS:
            return _wrapper(model, _MEMBERS[name], columns)
    return compile_final(model, columns)


class Planner:
    """Compiles the model inside a wrapper, over the columns that the wrapper is given."""

    def __init__(self, columns: Sequence[FlowColumn]) -> None:
        self.columns = columns

    def __call__(self, member: Any) -> Answers:
        return compile_model(member, self.columns)


def _wrapper(model: Any, attribute: str, columns: Sequence[FlowColumn]) -> Answers:
    if getattr(model, "passthrough", False):
        raise PlanRefused(f"{type(model).__name__}(passthrough=True) has no plan")

    def planned(member: Any) -> Any:
        if type(member).__name__ == "_CalibratedClassifier":
            member = copy.copy(member)
            member.estimator = planned(member.estimator)
            return member
        answers = compile_model(member, columns)
        if answers.single:
            raise PlanRefused(f"{type(model).__name__} around sums in single precision")
        return PlannedMember(member, answers)

    members = getattr(model, attribute)
    wrapper = copy.copy(model)
    made = [planned(m) for m in members] if isinstance(members, list) else planned(members)
    setattr(wrapper, attribute, made)
    return Answers({m: OfRows(wrapper, m) for m in METHODS if hasattr(model, m)}, SUMS)


class CellRows:
    """Cells that pass through a wrapper as its X."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.shape = (len(cells[0]), len(cells))

    def __len__(self) -> int:
        return self.shape[0]


class OfRows:
    """A method of a wrapper whose members are planned."""

    def __init__(self, wrapper: Any, method: str) -> None:
        self.wrapper, self.method = wrapper, method

    def __call__(self, cells: Cells) -> np.ndarray:
        return getattr(self.wrapper, self.method)(CellRows(cells))


def _answers(method: str) -> Any:
    return lambda member: method in member.answers.methods


class PlannedMember(BaseEstimator):
    """A fitted member that answers from its plan."""

    def __init__(self, member: Any, answers: Answers) -> None:
        self.member, self.answers = member, answers

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("_"):
            return getattr(vars(self)["member"], name)
        raise AttributeError(name)

    def fit(self, X: Any, y: Any) -> Any:
        raise AttributeError("A planned member is fitted.")

    @available_if(_answers("predict"))
    def predict(self, X: CellRows) -> np.ndarray:
        return self.answers.methods["predict"](X.cells)

    @available_if(_answers("predict_proba"))
    def predict_proba(self, X: CellRows) -> np.ndarray:
        return self.answers.methods["predict_proba"](X.cells)

    @available_if(_answers("decision_function"))
    def decision_function(self, X: CellRows) -> np.ndarray:
        return self.answers.methods["decision_function"](X.cells)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.member)
