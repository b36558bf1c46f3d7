"""Tools for the makers of skcook's parts, and for those who build on them."""

from skcook.utils._optional import import_optional
from skcook.utils._public import all_estimators, publish

__all__ = ["all_estimators", "import_optional"]

publish(globals())
