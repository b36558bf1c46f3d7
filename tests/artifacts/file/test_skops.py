"""The model in skops' format: stable bytes, named culprits."""

import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcook.artifacts.file._skops import dump_model, load_model, model_types
from skcook.exceptions import ArtifactError, ArtifactFormatError, UntrustedTypeError


@pytest.fixture(scope="module")
def forest():
    X = np.random.default_rng(0).normal(size=(60, 3))
    return RandomForestClassifier(3, random_state=0).fit(X, X[:, 0] > 0), X


def test_equal_models_are_equal_bytes_wherever_they_live_in_memory(forest):
    model, X = forest
    data, loaded = dump_model(model)
    again = RandomForestClassifier(3, random_state=0).fit(X, X[:, 0] > 0)
    assert dump_model(again)[0] == data == dump_model(loaded)[0]


def test_no_stray_memory_is_written(forest):
    data, _ = dump_model(forest[0])
    n_covered = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            array = np.load(io.BytesIO(archive.read(name))) if name != "schema.json" else None
            if array is not None and array.dtype.names:
                covered = np.zeros(array.dtype.itemsize, bool)
                for kind, offset in array.dtype.fields.values():
                    covered[offset : offset + kind.itemsize] = True
                raw = np.frombuffer(array.tobytes(), np.uint8).reshape(len(array), -1)
                assert not raw[:, ~covered].any()
                n_covered += not covered.all()
    assert n_covered, "the nodes of a tree have gaps between their fields"


def test_one_object_in_two_places_stays_one():
    shared = np.arange(5.0)
    transformer = FunctionTransformer(kw_args={"a": shared, "b": shared})
    loaded = dump_model(transformer)[1]
    assert loaded.kw_args["a"] is loaded.kw_args["b"]
    np.testing.assert_array_equal(loaded.kw_args["a"], shared)


def test_types_are_listed_and_allowed_by_name(forest):
    data, _ = dump_model(forest[0])
    assert model_types(data) == ["sklearn.tree._tree.Tree"]
    np.testing.assert_array_equal(load_model(data).predict(forest[1]), forest[0].predict(forest[1]))
    strange, _ = dump_model(FunctionTransformer(json.dumps))
    with pytest.raises(UntrustedTypeError, match=r"mine holds 1 type.*json\.dumps"):
        load_model(strange, name="mine")
    assert load_model(strange, trusted=["json.dumps"]).func is json.dumps


@pytest.mark.parametrize("data", [b"", b"nope", b"PK\x05\x06" + b"\0" * 18], ids=repr)
def test_damage_is_named(data):
    with pytest.raises(ArtifactFormatError):
        load_model(data)


def test_a_tree_that_never_ends_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("schema.json", b'{"content":' * 50_000 + b"1" + b"}" * 50_000)
    with pytest.raises(ArtifactFormatError):
        load_model(buffer.getvalue())


def test_the_culprit_is_named_by_its_place():
    model = make_pipeline(FunctionTransformer(kw_args={"a": {1, 2}, "b": {("x", 1): 2}}),
                          LogisticRegression())  # fmt: skip
    with pytest.raises(ArtifactError, match=r"\['functiontransformer'\]\[1\]\.kw_args\['b'\]"):
        dump_model(model)
