"""Public names come from the subpackages, are sorted, documented, and exist."""

import importlib
import inspect
import pkgutil

import pytest

import skcook

PACKAGES = [
    f"skcook.{info.name}" for info in pkgutil.iter_modules(skcook.__path__) if info.ispkg
] + ["skcook.exceptions"]


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_exists(package):
    module = importlib.import_module(package)
    assert list(module.__all__) == sorted(module.__all__)
    assert not [name for name in module.__all__ if not hasattr(module, name)]


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
