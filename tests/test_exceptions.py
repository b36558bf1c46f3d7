"""The tree drawn in the module's docstring is the tree there is."""

import re

import pytest

from skcook import exceptions


@pytest.mark.parametrize("name", exceptions.__all__)
def test_every_exception_is_drawn(name):
    assert re.search(rf"\b{name}\b", exceptions.__doc__)


@pytest.mark.parametrize("name", exceptions.__all__)
def test_every_exception_has_a_root_and_a_builtin(name):
    cls = getattr(exceptions, name)
    assert issubclass(cls, exceptions.SkcookError | exceptions.SkcookWarning)
    drawn = re.search(rf"\+-- {name} \((\w+)\)", exceptions.__doc__)
    if drawn:
        assert issubclass(cls, __builtins__[drawn.group(1)])


def test_structured_errors_carry_their_data():
    error = exceptions.SchemaError("two fields are wrong", [{"loc": ["rows", 0, "age"]}])
    assert error.problems == [{"loc": ["rows", 0, "age"]}]
    assert exceptions.UntrustedTypeError("refused", ["posix.system"]).types == ["posix.system"]
