"""A saved model and files of rows for the batch tests."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook import artifacts
from skcook.batch._job import Job
from skcook.datasets import load_penguins

NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


@pytest.fixture(scope="session")
def penguin_rows():
    """Return the penguins without holes, with an id."""
    frame = load_penguins().frame.dropna().reset_index(drop=True)
    return frame.assign(id=np.arange(len(frame)))


@pytest.fixture(scope="session")
def saved(tmp_path_factory, penguin_rows):
    """Save a model that takes no missing values; return its file and what it predicts."""
    X, y = penguin_rows[[*NUMBERS, "island", "sex"]], penguin_rows["species"]
    model = make_pipeline(
        make_column_transformer(
            (StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["island", "sex"])
        ),
        LogisticRegression(),
    ).fit(X, y)
    path = tmp_path_factory.mktemp("model") / "penguins.skcook"
    artifacts.save(model, path, X_example=X)
    return SimpleNamespace(
        path=path, model=model, X=X, predictions=model.predict(X), artifact=artifacts.read(path)
    )


@pytest.fixture
def job(saved, tmp_path):
    """Return a function that makes a job with small batches."""

    def make(source: Path, output: str = "out.parquet", **settings) -> Job:
        settings = {
            "batch_rows": 50,
            "batches_per_part": 2,
            **settings,
        }
        return Job(model=saved.path, source=source, output=tmp_path / output, **settings)

    return make


WRITERS = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path, row_group_size=40),
    "jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a frame in a format and returns the file."""

    def to_file(frame: pd.DataFrame, kind: str, name: str = "in") -> Path:
        path = tmp_path / f"{name}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[kind](frame, path)
        return path

    return to_file
