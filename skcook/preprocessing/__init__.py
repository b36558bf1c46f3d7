"""Prepare mixed frames: missing values, categories, dates, scales, joins."""

from skcook.preprocessing._drop_constant import DropConstant
from skcook.preprocessing._numeric_scaler import NumericScaler
from skcook.preprocessing.dates._date_features import DateFeatures
from skcook.preprocessing.encoders._count_encoder import CountEncoder
from skcook.preprocessing.encoders._one_hot_encoder import OneHotEncoder
from skcook.preprocessing.encoders._ordinal_encoder import OrdinalEncoder
from skcook.preprocessing.encoders._target_encoder import TargetEncoder
from skcook.preprocessing.imputers._categorical_imputer import CategoricalImputer
from skcook.preprocessing.imputers._forward_fill_imputer import ForwardFillImputer
from skcook.preprocessing.imputers._numeric_imputer import NumericImputer
from skcook.preprocessing.joins._lookup_joiner import LookupJoiner
from skcook.utils._public import publish

__all__ = [
    "CategoricalImputer",
    "CountEncoder",
    "DateFeatures",
    "DropConstant",
    "ForwardFillImputer",
    "LookupJoiner",
    "NumericImputer",
    "NumericScaler",
    "OneHotEncoder",
    "OrdinalEncoder",
    "TargetEncoder",
]

publish(globals())
