"""Trust, predict, improve: people say which reasons are wrong, and the model gets better.

- `Review`: look at reasons, say which are wrong, fit again.
- `Corrections`: what people know, as records; from a log of verdicts, or written by hand.
- `compare_models`: two models on the same rows, with intervals and a verdict.
- `compare_explanations`, `blame`: two models by their reasons.
- `row_keys`: the name of a row, made of what is in it.
- `find_proxies`: the columns that could bring back what was struck.
- `ReviewedClassifier`, `ReviewedRegressor`: any model, obeying corrections.
"""

from skcook.review._corrections import Corrections
from skcook.review._corrector import row_keys
from skcook.review._explanation_comparison import blame, compare_explanations
from skcook.review._model_comparison import compare_models
from skcook.review._proxies import find_proxies
from skcook.review._review import Review
from skcook.review._reviewed_estimators import ReviewedClassifier, ReviewedRegressor
from skcook.utils._public import publish

__all__ = [
    "Corrections",
    "Review",
    "ReviewedClassifier",
    "ReviewedRegressor",
    "blame",
    "compare_explanations",
    "compare_models",
    "find_proxies",
    "row_keys",
]

publish(globals())
