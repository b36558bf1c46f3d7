"""Prepare mixed frames: missing values, categories, dates, scales, joins.

- `NumericImputer`, `CategoricalImputer`: fill missing values with what was learned.
- `ForwardFillImputer`: fill them with the last value seen, by group.
- `OrdinalEncoder`, `OneHotEncoder`, `CountEncoder`: categories as numbers.
- `TargetEncoder`: categories as means of the target, cross-fitted.
- `DateFeatures`: dates as features of the calendar.
- `NumericScaler`: numbers on a common scale.
- `OutlierClipper`: numbers that lie far out, brought to a limit.
- `DropConstant`, `DropCorrelated`: columns that say nothing, or nothing new.
- `LookupJoiner`: the columns of a table, found by key.
"""

from skcook.preprocessing._dropping import DropConstant, DropCorrelated
from skcook.preprocessing._lookup_joiner import LookupJoiner
from skcook.preprocessing._numeric_scaler import NumericScaler
from skcook.preprocessing._outlier_clipper import OutlierClipper
from skcook.preprocessing.dates._date_features import DateFeatures
from skcook.preprocessing.encoders._count_encoder import CountEncoder
from skcook.preprocessing.encoders._one_hot_encoder import OneHotEncoder
from skcook.preprocessing.encoders._ordinal_encoder import OrdinalEncoder
from skcook.preprocessing.encoders._target_encoder import TargetEncoder
from skcook.preprocessing.imputers._forward_fill_imputer import ForwardFillImputer
from skcook.preprocessing.imputers._value_imputers import CategoricalImputer, NumericImputer
from skcook.utils._public import publish

__all__ = [
    "CategoricalImputer",
    "CountEncoder",
    "DateFeatures",
    "DropConstant",
    "DropCorrelated",
    "ForwardFillImputer",
    "LookupJoiner",
    "NumericImputer",
    "NumericScaler",
    "OneHotEncoder",
    "OrdinalEncoder",
    "OutlierClipper",
    "TargetEncoder",
]

publish(globals())
