"""A fitted pipeline as a plan: one row at the cost of its arithmetic, with the very same numbers.

- `compile`: turn a fitted model into a plan, or say why there is none.
- `Plan`: answers rows given as records or columns, without a frame.
"""

from skcook.plan._compiled_plan import Plan, compile  # noqa: A004 - the field's word
from skcook.utils._public import publish

__all__ = ["Plan", "compile"]

publish(globals())
