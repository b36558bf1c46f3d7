"""What `inspect` tells, and that it never builds the model."""

import json

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skcook import artifacts
from skcook.artifacts.file import _skops
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder
from tests.artifacts._zoo import penguins, prepared


def test_everything_is_told_without_loading_the_model(tmp_path, monkeypatch):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    path = artifacts.save(model, tmp_path / "m.skcook", X, sign_key="k" * 32)
    monkeypatch.setattr(_skops, "load_model", None)
    facts = artifacts.inspect(path)
    assert json.dumps(facts, allow_nan=False)
    assert (facts["name"], facts["task"], facts["input"]) == ("m", "classifier", "frame")
    assert facts["bytes"] == path.stat().st_size
    assert facts["signature"] == "hmac-sha256"
    assert facts["version_differences"] == []
    assert facts["required_types"] == [
        "numpy.dtype", "sklearn.compose._column_transformer.make_column_selector",
    ]  # fmt: skip
    columns = {column["name"]: column for column in facts["columns"]}
    assert list(columns) == list(X.columns)
    assert columns["island"] == {
        "name": "island", "type": "string", "source": "captured", "nullable": True,
        "categories": 3, "minimum": None, "maximum": None,
    }  # fmt: skip
    assert columns["body_mass_g"]["minimum"] == X["body_mass_g"].min()
    assert facts["example"]["island"] in set(X["island"])


def test_other_loaders_of_skops_files_are_told_what_they_do_not_know(tmp_path):
    import skops.io

    X, y = penguins()
    steps = (NumericImputer(), CategoricalImputer(), OrdinalEncoder(), DecisionTreeClassifier())
    model = make_pipeline(*steps).fit(X, y)
    types = artifacts.trusted_types(model)
    assert types == sorted(types)
    assert "skcook.preprocessing.OrdinalEncoder" in types
    loaded = skops.io.loads(skops.io.dumps(model), trusted=types)
    assert (loaded.predict(X) == model.predict(X)).all()
    assert artifacts.trusted_types(artifacts.save(model, tmp_path / "m.skcook", X)) == types
