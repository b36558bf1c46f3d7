"""What a step says of the columns that it takes.

A schema that is read from a fitted model follows each column through the steps. A transformer says
by ``_step_traits`` what it does to its columns; of the transformers of scikit-learn the same is
known by what they are or by what they have learned.

>>> from sklearn.preprocessing import StandardScaler
>>> traits_of(StandardScaler())
StepTraits(fills_missing=False, keeps_values=False, needs_numbers=True)
"""

from dataclasses import dataclass
from typing import Any

from sklearn.impute import KNNImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)


@dataclass(frozen=True)
class StepTraits:
    """What a step does to the columns that it works on."""

    #: Whether a missing value may come, because the step fills it.
    fills_missing: bool = False
    #: Whether values go on as they are, for the next step to say what they may be.
    keeps_values: bool = False
    #: Whether every value has to be a number, of which any is as good as another.
    needs_numbers: bool = False


_NUMBERS = (
    KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, PowerTransformer, QuantileTransformer,
    RobustScaler, StandardScaler,
)  # fmt: skip
#: What imputers learn: scikit-learn's simple and iterative ones, and feature-engine's.
_LEARNED_FILLINGS = ("statistics_", "imputation_sequence_", "imputer_dict_")


def traits_of(step: Any) -> StepTraits:
    """Return what a fitted step says of the columns that it takes."""
    own = getattr(type(step), "_step_traits", None)
    if isinstance(own, StepTraits):
        return own
    if isinstance(step, KNNImputer) or hasattr(step, "imputation_sequence_"):
        return StepTraits(fills_missing=True, keeps_values=True, needs_numbers=True)
    if any(hasattr(step, name) for name in _LEARNED_FILLINGS):
        return StepTraits(fills_missing=True, keeps_values=True)
    return StepTraits(needs_numbers=isinstance(step, _NUMBERS))
