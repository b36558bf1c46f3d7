"""skcook: the everyday work of a data scientist, as scikit-learn parts.

Every part is a transformer or an estimator: compose them in a ``Pipeline``, tune any of their
settings with ``GridSearchCV``, explain any prediction, save one file and serve it.

Subpackages load on first use, so ``import skcook`` is quick and pulls in nothing heavy.
"""

import importlib
from typing import Any

__version__ = "0.2.0"

_SUBPACKAGES = (
    "artifacts",
    "batch",
    "datasets",
    "eda",
    "exceptions",
    "explain",
    "export",
    "mlflow",
    "models",
    "plan",
    "preprocessing",
    "recommend",
    "review",
    "serve",
    "text",
    "utils",
)

__all__ = ["__version__", *_SUBPACKAGES]


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return importlib.import_module(f"skcook.{name}")
    raise AttributeError(f"module 'skcook' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
