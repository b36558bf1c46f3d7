"""What CONTRIBUTING says of adding something is so: the places of a real example, and no more."""

import re
import tomllib
from pathlib import Path

import pytest

import skcook

ROOT = Path(__file__).parent.parent
RECIPES = dict(
    re.findall(
        r"^### [^\n]*: `(\w+)`\n(.*?)(?=^##)",
        (ROOT / "CONTRIBUTING.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)
#: Of each example: how a place names it, and the most places in the package and its tests.
EXAMPLES = {
    "OutlierClipper": (r"\bOutlierClipper\b", 6),
    "score_samples": (r"""["']score_samples["']""", 3),
    "_change_routes": (r"change_routes\b", 3),
    "TextExplanation": (r"\bTextExplanation\b", 4),
}


def test_every_recipe_has_an_example():
    assert RECIPES.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_recipe_lists_all_places_and_they_are_few(example):
    pattern, most = EXAMPLES[example]
    found = {
        str(path.relative_to(ROOT))
        for folder in ("skcook", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__) and re.search(pattern, f"{path.stem}\n{path.read_text()}")
    }
    listed = set(re.findall(r"^\d\. `((?:skcook|tests)/[^`]+)`", RECIPES[example], re.MULTILINE))
    assert found == listed
    assert len(found) <= most
    for page in re.findall(r"`((?:docs/)?\w[\w/]*\.md)`", RECIPES[example]):
        assert re.search(pattern, (ROOT / page).read_text()), f"{page} does not name it"


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("CITATION.cff", r"^version: (\S+)$"),
        ("conda/meta.yaml", r'set version = "([^"]+)"'),
        ("CHANGELOG.md", r"^## (\d\S+) - \d{4}-\d\d-\d\d$"),
    ],
)
def test_files_of_a_release_say_the_same_version(file, pattern):
    found = re.search(pattern, (ROOT / file).read_text(), re.MULTILINE)
    assert found[1] == skcook.__version__


def test_github_runs_all_that_make_ci_runs():
    targets = re.search(r"^ci: ([^#]*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert sorted(re.findall(r"run: make (\S+)", workflow)) == sorted(targets)


def test_the_recipe_of_conda_needs_what_the_package_needs():
    recipe = (ROOT / "conda/meta.yaml").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = re.search(r"run: \[(.*)\]", recipe)[1].replace(" ", "").split(",")
    assert needed == [f"python{project['requires-python']}", *project["dependencies"]]
    commands = dict(re.findall(r"- (skcook-\w+) = (\S+)", recipe))
    assert commands == project["scripts"]
