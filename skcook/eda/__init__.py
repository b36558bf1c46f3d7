"""Look at a frame before modelling: its columns, its missing values."""

from skcook.eda._missing_values_display import MissingValuesDisplay
from skcook.eda._profile import profile
from skcook.eda._summary import summarize
from skcook.utils._public import publish

__all__ = ["MissingValuesDisplay", "profile", "summarize"]

publish(globals())
