"""Prepare mixed frames: missing values, categories, dates, scales, joins."""

from skcook.preprocessing._categorical_imputer import CategoricalImputer
from skcook.preprocessing._numeric_imputer import NumericImputer

__all__ = [
    "CategoricalImputer",
    "NumericImputer",
]
