"""What a user writes, as type checkers read it: `make lint` runs mypy and pyright over it."""

from pathlib import Path
from typing import assert_type

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.explain import ExplainedClassifier, Explanation, Explanations
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder
from skcook.serve import ServeConfig, create_app


def train() -> ExplainedClassifier:
    """Fit a pipeline that explains itself."""
    X, y = load_penguins(return_X_y=True)
    pipe: Pipeline = make_pipeline(
        NumericImputer(strategy="median"),
        CategoricalImputer(),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        RandomForestClassifier(),
    )
    return ExplainedClassifier(pipe).fit(X, y)


def explain(model: ExplainedClassifier, X: pd.DataFrame) -> Explanation:
    """Explain one row."""
    explanations: Explanations = model.explain(X)
    first = explanations[0]
    assert_type(first, Explanation)
    return first


def keep(model: ExplainedClassifier, X: pd.DataFrame) -> Path:
    """Save the model, read it back, and make an application of it."""
    path = artifacts.save(model, "penguins.skcook", X_example=X)
    assert_type(path, Path)
    artifact = artifacts.read(path)
    assert_type(artifact.schema, artifacts.Schema)
    create_app(artifact, ServeConfig(max_rows=10))
    return path
