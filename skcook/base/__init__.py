"""What every column transformer of skcook has in common."""

from skcook.base._column_transformer import BaseColumnTransformer
from skcook.utils._public import publish

__all__ = ["BaseColumnTransformer"]

publish(globals())
