"""The allow-list names what exists, each with a reason, and every estimator of skcook."""

import importlib

import pytest
import scipy

from skcook.artifacts.file._trust import ALLOWED_TYPES, refused
from skcook.utils import all_estimators

# An import of lightfm works only where its compiled part does.
OPTIONAL = ("lightfm.", "lightgbm.", "xgboost.")


# What a spline is made of changed in this version of scipy; a file may come from either side.
SPLINES_CHANGED = (1, 18)
NAMES_OF_SOME_VERSIONS = {
    "scipy._lib.array_api_compat.numpy._aliases.asarray": lambda v: v < SPLINES_CHANGED,
    "scipy.interpolate._bsplines._BSpline": lambda v: v >= SPLINES_CHANGED,
}


def exists(name):
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", [n for n in ALLOWED_TYPES if not n.startswith(OPTIONAL)])
def test_every_name_exists(name):
    expected = NAMES_OF_SOME_VERSIONS.get(name, lambda v: True)
    version = tuple(map(int, scipy.__version__.split(".")[:2]))
    assert exists(name) == expected(version)


def test_every_name_has_its_reason():
    assert all(len(reason) > 10 for reason in ALLOWED_TYPES.values())


def test_every_estimator_of_skcook_is_on_the_list():
    missing = [
        f"{cls.__module__}.{name}"
        for name, cls in all_estimators()
        if f"{cls.__module__}.{name}" not in ALLOWED_TYPES
    ]
    assert not missing, f"add to skcook/artifacts/file/_trust.py: {missing}"


@pytest.mark.parametrize(
    "name",
    ["builtins.eval", "builtins.exec", "builtins.getattr", "builtins.open", "posix.system",
     "os.system", "subprocess.Popen", "operator.methodcaller", "operator.attrgetter",
     "importlib.import_module", "pickle.loads", "joblib.numpy_pickle.load", "numpy.load",
     "numpy.fromfile", "sklearn.datasets._base.load_files",
     "skcook.utils._optional.import_optional",
     "skcook.artifacts.file._artifact.load"],
)  # fmt: skip
def test_nothing_that_opens_runs_or_imports_is_on_it(name):
    assert name not in ALLOWED_TYPES


def test_what_is_refused():
    assert refused(["numpy.dtype", "b.B", "a.A", "a.A"]) == ["a.A", "b.B"]
    assert refused(["b.B", "a.A"], ["a.A"]) == ["b.B"]
