"""Public names come from the subpackages, are sorted, documented, and exist."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import skcook

TESTS = Path(__file__).parent

PACKAGES = [
    f"skcook.{info.name}" for info in pkgutil.iter_modules(skcook.__path__) if info.ispkg
] + ["skcook.exceptions"]


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_exists(package):
    module = importlib.import_module(package)
    assert list(module.__all__) == sorted(module.__all__)
    assert not [name for name in module.__all__ if not hasattr(module, name)]


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_say_where_they_are_imported_from(package):
    module = importlib.import_module(package)
    members = [getattr(module, name) for name in module.__all__]
    own = [member for member in members if inspect.isclass(member) or inspect.isfunction(member)]
    assert {member.__module__ for member in own} <= {package}


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_tested_where_their_package_is(package):
    folder = TESTS / package.removeprefix("skcook.")
    files = (folder if folder.is_dir() else TESTS).rglob("*.py")
    text = "\n".join(path.read_text() for path in files)
    module = importlib.import_module(package)
    assert not [name for name in module.__all__ if not re.search(rf"\b{name}\b", text)]


def examples_of_methods():
    """Find the examples of public classes' methods, which pytest finds by file and not by class."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            member = getattr(module, name)
            if inspect.isclass(member):
                for example in finder.find(member, f"{package}.{name}", module=False):
                    if example.name.count(".") > package.count(".") + 1 and example.examples:
                        yield pytest.param(example, id=example.name)


@pytest.mark.parametrize("example", list(examples_of_methods()))
def test_examples_of_methods_run(example, request):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    example.globs["getfixture"] = request.getfixturevalue
    assert doctest.DocTestRunner(optionflags=flags).run(example).failed == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_documented_with_an_example(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        member = getattr(module, name)
        assert inspect.getdoc(member), f"{package}.{name} has no docstring"
        is_plain_class = inspect.isclass(member) and not issubclass(member, Exception)
        if is_plain_class and not inspect.isabstract(member):
            assert ">>>" in inspect.getdoc(member), f"{package}.{name} has no example"


def test_every_subpackage_is_reachable_from_the_top():
    for package in PACKAGES:
        name = package.removeprefix("skcook.")
        if name != "base":
            assert getattr(skcook, name) is importlib.import_module(package)
    assert dir(skcook) == sorted(skcook.__all__)
