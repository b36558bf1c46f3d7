"""Trust, predict, improve: people say which reasons are wrong, and the model gets better.

- `Corrections`: what people know, as records; from a log of verdicts, or written by hand.
- `row_keys`: the name of a row, made of what is in it.
- `ReviewedClassifier`, `ReviewedRegressor`: any model, obeying corrections.
"""

from skcook.review._corrections import Corrections
from skcook.review._reviewed_estimators import ReviewedClassifier, ReviewedRegressor
from skcook.review._row_keys import row_keys
from skcook.utils._public import publish

__all__ = [
    "Corrections",
    "ReviewedClassifier",
    "ReviewedRegressor",
    "row_keys",
]

publish(globals())
