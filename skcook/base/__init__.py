"""What the estimators of skcook have in common.

- `BaseColumnTransformer`: a transformer that picks its own columns, in any container.
- `DelegatingMixin`: what a meta-estimator passes on to the model inside it.
"""

from skcook.base._column_transformer import BaseColumnTransformer
from skcook.base._delegation import DelegatingMixin
from skcook.utils._public import publish

__all__ = ["BaseColumnTransformer", "DelegatingMixin"]

publish(globals())
