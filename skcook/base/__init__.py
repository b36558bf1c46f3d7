"""What every column transformer of skcook has in common."""

from skcook.base._column_transformer import BaseColumnTransformer

__all__ = ["BaseColumnTransformer"]
