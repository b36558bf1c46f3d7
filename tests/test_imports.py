"""What must not be imported, is not."""

import subprocess
import sys

import pytest

HEAVY = [
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
]


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_import_skcook_loads_nothing_heavy():
    assert not loaded_by("import skcook") & {*HEAVY, "sklearn", "numpy", "pandas", "narwhals"}


@pytest.mark.parametrize(
    "package",
    [
        "artifacts",
        "batch",
        "datasets",
        "eda",
        "explain",
        "export",
        "mlflow",
        "models",
        "plan",
        "preprocessing",
        "recommend",
        "review",
        "text",
        "utils",
    ],
)
def test_subpackages_load_no_optional_library(package):
    # pandas itself loads pyarrow where it finds it.
    loaded = loaded_by(f"import skcook.{package}")
    assert not (loaded & set(HEAVY)) - loaded_by("import pandas")


def test_subpackages_load_on_demand():
    assert "sklearn" in loaded_by("import skcook; skcook.preprocessing")


def test_unknown_attribute_is_named():
    import skcook

    with pytest.raises(AttributeError, match="no attribute 'no_such_part'"):
        _ = skcook.no_such_part
