"""The layout that the documentation promises: private files, one idea each, unique names."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    path.relative_to(ROOT / "skcook")
    for path in (ROOT / "skcook").rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_modules_are_private_and_short(module):
    assert module.stem.startswith("_") or module.stem == "exceptions"
    lines = (ROOT / "skcook" / module).read_text().count("\n")
    assert lines <= 450, f"{module} has {lines} lines: which two ideas are in it?"


def test_tests_are_short_too():
    lengths = {path: path.read_text().count("\n") for path in (ROOT / "tests").rglob("*.py")}
    assert len(lengths) > 200
    assert not {str(path): n for path, n in lengths.items() if n > 450}


def test_file_names_are_unique():
    places = defaultdict(list)
    for module in MODULES:
        places[module.stem].append(str(module))
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_file_names_differ_by_more_than_a_plural():
    names = {module.stem for module in MODULES}
    assert not sorted(name for name in names if name + "s" in names)


def test_class_names_are_unique():
    places = defaultdict(list)
    for module in MODULES:
        for node in ast.parse((ROOT / "skcook" / module).read_text()).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(module))
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_every_room_says_what_it_holds():
    for path in (ROOT / "skcook").rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no docstring"
