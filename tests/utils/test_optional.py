import sys

import pytest

from skcook.exceptions import MissingDependencyError
from skcook.utils import import_optional


def test_an_installed_module_is_returned():
    assert import_optional("json", feature="This", extra="serve").__name__ == "json"


def test_a_missing_library_names_feature_extra_and_pip_line():
    with pytest.raises(MissingDependencyError) as caught:
        import_optional("no_such_library", feature="WordCloud", extra="text")
    message = str(caught.value)
    assert "WordCloud needs no_such_library" in message
    assert 'pip install "skcook[text]"' in message
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a_library_that_it_needs", "lacks a library of its own"),
        ("import broken_library._compiled", "lacks a library of its own: .*_compiled"),
        ("raise OSError('libgomp.so.1: cannot open')", "cannot be imported: libgomp.so.1"),
        ("raise ImportError('wrong version')", "cannot be imported: wrong version"),
    ],
    ids=["lacks-its-own", "lacks-a-part", "shared-object", "import-error"],
)
def test_a_broken_library_says_what_is_wrong(tmp_path, monkeypatch, source, expected):
    (tmp_path / "broken_library.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_library", raising=False)
    with pytest.raises(MissingDependencyError, match=expected):
        import_optional("broken_library", feature="This", extra="boost")
