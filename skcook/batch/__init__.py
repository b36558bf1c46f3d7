"""Score whole files with a saved model.

The command ``skcook-score MODEL IN OUT`` does it from a shell; `score` is the same from Python.
"""

from skcook.batch._score_command import score
from skcook.utils._public import publish

__all__ = ["score"]

publish(globals())
