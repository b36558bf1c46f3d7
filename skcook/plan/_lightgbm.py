"""LightGBM without its wrapper, whose checks cost forty times the trees of one row.

The call is that of LightGBM's documented C API, by the handle of the loaded library, which the
Python package keeps private; where it has moved, the booster's public `predict` is called.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

_OBJECTIVES = frozenset(
    ["binary", "multiclass", "multiclassova", "cross_entropy", "regression", "regression_l1",
     "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie"]
)  # fmt: skip

#: Rows from which on the public call costs no more, and may use its threads.
MOST_ROWS = 128


def lightgbm_functions(estimator: Any) -> dict[str, Callable[[np.ndarray], np.ndarray]] | None:
    """Return the functions of a LightGBM model; None if it is of an unusual kind."""
    name = type(estimator).__name__
    if name not in ("LGBMClassifier", "LGBMRegressor"):
        return None
    if not isinstance(estimator.objective_, str) or estimator.objective_ not in _OBJECTIVES:
        return None
    if estimator.booster_.pandas_categorical:
        return None
    if name == "LGBMRegressor":
        return {"predict": QuickBooster(estimator, 1)}
    n_classes = len(estimator.classes_)
    booster = QuickBooster(estimator, n_classes if n_classes > 2 else 1)
    proba = booster if n_classes > 2 else TwoClasses(booster)
    return {"predict_proba": proba, "predict": LightGBMLabels(proba, estimator.classes_)}


def _compiled_call() -> Any:
    """Return the function of LightGBM's library, or None where it has moved."""
    try:
        from lightgbm.basic import _LIB

        return _LIB.LGBM_BoosterPredictForMat
    except (ImportError, AttributeError):
        return None


class QuickBooster:
    """What a booster answers to a matrix of doubles."""

    def __init__(self, estimator: Any, n_outputs: int) -> None:
        self.estimator, self.n_outputs = estimator, n_outputs
        self._open()

    def _open(self) -> None:
        booster = self.estimator.booster_
        self._booster, self._width = booster, booster.num_feature()
        best = booster.best_iteration
        self._rounds = best if best and best > 0 else -1
        self._call = _compiled_call()
        self._handle = getattr(booster, "_handle", None)

    def __getstate__(self) -> dict[str, Any]:
        return {"estimator": self.estimator, "n_outputs": self.n_outputs}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open()

    def __call__(self, values: np.ndarray) -> np.ndarray:
        n = len(values)
        if self._call is None or self._handle is None or n > MOST_ROWS:
            return self._booster.predict(values)
        out = np.empty(n * self.n_outputs)
        written = ctypes.c_int64(0)
        failed = self._call(
            self._handle,
            ctypes.c_void_p(values.ctypes.data),
            ctypes.c_int(1),  # of doubles
            ctypes.c_int32(n),
            ctypes.c_int32(self._width),
            ctypes.c_int(1),  # row after row
            ctypes.c_int(0),  # probabilities or values, not raw scores
            ctypes.c_int(0),  # from the first round
            ctypes.c_int(self._rounds),
            ctypes.c_char_p(b"num_threads=1"),
            ctypes.byref(written),
            ctypes.c_void_p(out.ctypes.data),
        )
        if failed or written.value != len(out):
            raise ValueError("LightGBM refused the rows")
        return out.reshape(n, -1) if self.n_outputs > 1 else out


class TwoClasses:
    """Probabilities of two classes from that of the second."""

    def __init__(self, booster: QuickBooster) -> None:
        self.booster = booster

    def __call__(self, values: np.ndarray) -> np.ndarray:
        second = self.booster(values)
        return np.vstack((1.0 - second, second)).transpose()


class LightGBMLabels:
    """The label of the greatest probability."""

    def __init__(self, proba: Callable[[np.ndarray], np.ndarray], classes: np.ndarray) -> None:
        self.proba, self.classes = proba, classes

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return self.classes.take(self.proba(values).argmax(axis=1))
