"""Any file loads or gives an ArtifactError: no other exception, whatever its JSON says."""

import copy
import hashlib
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.artifacts.file import _artifact
from skcook.exceptions import ArtifactError
from tests.artifacts._zoo import penguins, prepared


class Good(tuple):
    """The members of a file and a path, with a repr that a failure can show."""

    def __new__(cls, members, path):
        return super().__new__(cls, (members, path))

    def __repr__(self):
        return "Good()"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Return the members of a file, and where to write others."""
    X, y = penguins()
    path = tmp_path_factory.mktemp("fuzz") / "m.skcook"
    card = {"title": "Penguins", "metrics": {"accuracy": 0.9}, "fields": {"island": "where"}}
    model = make_pipeline(prepared(), LogisticRegression()).fit(X, y)
    artifacts.save(model, path, X, y=y, card=card, background=5)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return Good(members, path.with_name("other.skcook"))


def nodes(value, path=()):
    """Yield the path to each node of a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from nodes(value[key], (*path, key))


def put(value, path, new):
    """Return a value with another node at a path; an ellipsis deletes it."""
    if not path:
        return new
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return value


VALUES = st.one_of(
    st.just(...),
    st.sampled_from(
        [None, True, False, 0, -1, 1.5, 10**400, -(10**30), float("nan"), float("inf"), "", "x",
         "\x1b[2J", "\ud800", "float64", "datetime64[us]", "number", "array", [], [[]], [1, "a"],
         {}, {"a": 1}, ["age"], [None], [10**400], "a" * 300, 2**63]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skcook.exceptions.VersionWarning")
@settings(
    max_examples=2000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(["manifest.json", "schema.json", "background.json"]),
    place=st.integers(0, 10**6),
    new=VALUES,
)
def test_any_node_may_be_anything(good, monkeypatch, name, place, new):
    members, path = good
    # The model itself is fuzzed by its own tests; here its tree would only take time.
    monkeypatch.setattr(_artifact, "load_model", lambda *args, **kwargs: object())
    tree = json.loads(members[name])
    places = list(nodes(tree))
    path_to = places[place % len(places)]
    tree = put(tree, path_to, None if new is ... and not path_to else new)
    changed = {**members, name: json.dumps(tree).encode()}
    if name != "manifest.json":
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"][name] = hashlib.sha256(changed[name]).hexdigest()
        changed["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in changed.items():
            archive.writestr(member, content)
    try:
        artifact = artifacts.read(path)
    except ArtifactError:
        return
    # What loads can be shown, and its schema reads rows or refuses them.
    assert repr(artifact)
    assert artifact._repr_html_()
    assert artifact.schema.to_json_schema()
    if artifact.example is not None:
        artifact.schema.parse_rows([artifact.example])


BAD = {
    "a command in a version": ("versions", {"numpy": '2.4" && touch x && echo "'}),
    "lines in a version": ("versions", {"python": "3.11-slim\nRUN touch x"}),
    "a command in a library": ("versions", {"numpy; touch x": "2.4"}),
    "an escape in the name": ("name", "m\x1b[2J"),
    "a line in the version": ("version", "1\n2"),
    "an escape in a type": ("required_types", ["a.\x1b]0;x\x07B"]),
    "an endless name": ("name", "m" * 1000),
    "a share that is none": ("target", {"frequencies": {"a": "b"}}),
    "a card that is none": ("card", {"titel": "x"}),
    "a number of rows that is none": ("n_rows", True),
}


@pytest.mark.parametrize(("key", "value"), BAD.values(), ids=BAD.keys())
def test_what_a_manifest_says_is_parsed_and_never_quoted(good, key, value):
    members, path = good
    manifest = {**json.loads(members["manifest.json"]), key: value}
    changed = {**members, "manifest.json": json.dumps(manifest).encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in changed.items():
            archive.writestr(member, content)
    for read in (artifacts.inspect, artifacts.read):
        with pytest.raises(ArtifactError, match="The manifest is damaged") as caught:
            read(path)
        assert str(caught.value).isprintable()
