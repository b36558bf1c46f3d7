"""A model in memory, described as a file describes it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.exceptions import ArtifactError
from tests.artifacts._zoo import penguins, prepared


@pytest.fixture(scope="module")
def birds():
    X, y = penguins()
    return make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y), X, y


def test_it_is_what_a_file_would_give(birds, tmp_path):
    model, X, y = birds
    wrapped = artifacts.wrap(model, X, y=y, name="birds", metadata={"a": 1})
    read = artifacts.read(artifacts.save(model, tmp_path / "birds.skcook", X, y=y))
    assert wrapped.model is model
    assert wrapped.schema == read.schema
    assert wrapped.example == read.example
    pd.testing.assert_frame_equal(wrapped.background, read.background)
    assert (wrapped.path, wrapped.name, wrapped.version) == (None, "birds", "unsaved")
    for key in ("task", "methods", "output", "target", "n_rows"):
        assert wrapped.manifest[key] == read.manifest[key]


def test_without_rows_the_schema_is_inferred(birds):
    wrapped = artifacts.wrap(birds[0])
    assert wrapped.schema.source == "inferred"
    assert (wrapped.example, wrapped.background) == (None, None)


def test_a_model_that_is_not_fitted_is_refused():
    with pytest.raises(ArtifactError, match="not fitted"):
        artifacts.wrap(LogisticRegression())


def test_rows_that_json_cannot_carry_are_left_out_of_the_background(birds):
    model, X, _ = birds
    X = X.assign(body_mass_g=np.where(np.arange(len(X)) == 3, np.inf, X["body_mass_g"]))
    assert len(artifacts.wrap(model, X, background=1000).background) == len(X) - 1
