"""Prepare mixed frames: missing values, categories, dates, scales, joins."""

from skcook.preprocessing._categorical_imputer import CategoricalImputer
from skcook.preprocessing._count import CountEncoder
from skcook.preprocessing._date_features import DateFeatures
from skcook.preprocessing._drop_constant import DropConstant
from skcook.preprocessing._forward_fill_imputer import ForwardFillImputer
from skcook.preprocessing._lookup_joiner import LookupJoiner
from skcook.preprocessing._numeric_imputer import NumericImputer
from skcook.preprocessing._numeric_scaler import NumericScaler
from skcook.preprocessing._one_hot import OneHotEncoder
from skcook.preprocessing._ordinal import OrdinalEncoder
from skcook.preprocessing._target import TargetEncoder

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
