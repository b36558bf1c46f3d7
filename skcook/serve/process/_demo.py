"""A model for a first look: which penguin is it."""

from pathlib import Path
from typing import Any

DEMO_FILE = "penguins.skcook"

#: What the demo's page says to people, besides how good the model is.
_CARD = {
    "title": "Which penguin is it?",
    "target": "the species",
    "description": "Penguins of the Palmer Archipelago, from their measures.",
    "purpose": "A first look at what skcook serves.",
    "limits": [
        "It knows three species: any other bird is taken for one of them.",
        "It was fitted on 344 birds of three islands, measured from 2007 to 2009.",
    ],
    "fields": {
        "island": "Where the bird nests.",
        "bill_length_mm": "Along the ridge of the bill.",
        "bill_depth_mm": "The height of the bill.",
    },
}


def fit_demo() -> tuple[Any, Any, dict[str, Any]]:
    """Return the demo's model, the rows that it was fitted on, and its card."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    from skcook.datasets import load_penguins
    from skcook.explain import ExplainedClassifier, TabularExplainer
    from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

    X, y = load_penguins(return_X_y=True)
    pipeline = make_pipeline(
        NumericImputer(),
        CategoricalImputer(),
        OrdinalEncoder(),
        HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, random_state=0),
    )
    accuracy = cross_val_score(pipeline, X, y, cv=3).mean()
    card = {**_CARD, "metrics": {"accuracy in cross-validation": round(float(accuracy), 3)}}
    explainer = TabularExplainer(random_state=0)
    return ExplainedClassifier(pipeline, explainer=explainer).fit(X, y), X, card


def save_demo(folder: Path) -> Path:
    """Fit the demo's model and save it."""
    from skcook import artifacts

    model, X, card = fit_demo()
    path = folder / DEMO_FILE
    artifacts.save(model, path, X_example=X, card=card)
    return path
