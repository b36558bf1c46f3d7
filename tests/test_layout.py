"""The layout that the documentation promises: one module, one test file, short files."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    path.relative_to(ROOT / "skcook")
    for path in (ROOT / "skcook").rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_its_test_file(module):
    name = f"test_{module.stem.lstrip('_')}.py"
    expected = ROOT / "tests" / module.parent / name
    assert expected.is_file(), f"skcook/{module} has no {expected.relative_to(ROOT)}"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_modules_are_private_and_short(module):
    assert module.stem.startswith("_") or module.stem == "exceptions"
    lines = (ROOT / "skcook" / module).read_text().count("\n")
    assert lines <= 500, f"{module} has {lines} lines: which two ideas are in it?"
