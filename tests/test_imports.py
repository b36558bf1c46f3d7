"""What must not be imported, is not."""

import pkgutil
import subprocess
import sys

import pytest

import skcook

HEAVY = {
    "dask",
    "flask",
    "lightfm",
    "lightgbm",
    "lime",
    "matplotlib",
    "mlflow",
    "nltk",
    "onnx",
    "onnxruntime",
    "polars",
    "pyarrow",
    "skops",
    "skrub",
    "waitress",
    "wordcloud",
    "xgboost",
}
PACKAGES = sorted({m.name for m in pkgutil.iter_modules(skcook.__path__) if m.ispkg} - {"serve"})
#: Run in this order, in one process. pandas itself loads pyarrow where it finds it.
STEPS = ["import skcook", "import pandas", "skcook.preprocessing"]
STEPS += [f"import skcook.{package}" for package in PACKAGES]


@pytest.fixture(scope="module")
def loaded():
    """Return, of each step, the libraries that it was the first to load."""
    code = f"""
import sys
for step in {STEPS}:
    before = set(sys.modules)
    exec(step)
    print(*{{name.partition(".")[0] for name in set(sys.modules) - before}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return dict(zip(STEPS, map(set, map(str.split, done.stdout.splitlines())), strict=True))


def test_import_skcook_loads_nothing_heavy(loaded):
    assert not loaded["import skcook"] & {*HEAVY, "sklearn", "numpy", "pandas", "narwhals"}


def test_subpackages_load_on_demand(loaded):
    assert "sklearn" in loaded["skcook.preprocessing"]


@pytest.mark.parametrize("step", STEPS[2:])
def test_subpackages_load_no_optional_library(loaded, step):
    assert not loaded[step] & HEAVY


def test_unknown_attribute_is_named():
    with pytest.raises(AttributeError, match="no attribute 'no_such_part'"):
        _ = skcook.no_such_part
