"""A model for a first look: which penguin is it."""

from pathlib import Path
from typing import Any

DEMO_FILE = "penguins.skcook"


def fit_demo() -> tuple[Any, Any]:
    """Fit the demo's model."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline

    from skcook.datasets import load_penguins
    from skcook.explain import ExplainedClassifier
    from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

    X, y = load_penguins(return_X_y=True)
    pipeline = make_pipeline(
        NumericImputer(),
        CategoricalImputer(),
        OrdinalEncoder(),
        HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, random_state=0),
    )
    return ExplainedClassifier(pipeline).fit(X, y), X


def save_demo(folder: Path) -> Path:
    """Fit the demo's model and save it."""
    from skcook import artifacts

    model, X = fit_demo()
    path = folder / DEMO_FILE
    artifacts.save(model, path, X_example=X)
    return path
