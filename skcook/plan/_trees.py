"""Many trees at once: all trees of a forest walk down one level per numpy operation.

For a few rows, calling each tree costs more than the walk itself: 100 calls of compiled code
against 15 to 20 levels of four numpy operations. The leaves are added in the order in which
scikit-learn adds them, so the sums agree to the last bit. For many rows the model's own
loop is quicker, and is called (`bench_plan.py`, "forest").

LightGBM's trees are its own, called without its wrapper, whose checks cost forty times the trees
of one row.
"""

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from skcook.exceptions import PlanRefused
from skcook.plan._steps import anonymous

#: Steps down a tree, over all rows and trees, from which on the model's own loop is quicker.
MOST_STEPS = 1_000_000
#: A forest of more nodes has no plan: its tables would take above 600 MB, and seconds to make.
MOST_NODES = 5_000_000


@dataclass(frozen=True)
class Nodes:
    """The nodes of all trees in one table; a leaf leads to itself.

    A node has two places in the table, one after the other: the first leads on to the right child,
    the second to the left one, and both hold the feature and the threshold.

    Shapes: the arrays have 2 * n_nodes rows, but `value` has n_nodes.
    """

    feature: np.ndarray
    threshold: np.ndarray
    children: np.ndarray
    missing_left: np.ndarray | None
    value: np.ndarray
    roots: np.ndarray
    depth: int

    @classmethod
    def join(cls, trees: Iterable[dict[str, np.ndarray]], dtype: Any) -> "Nodes":
        """Put trees one after the other, for a matrix of a dtype.

        Each tree has feature, threshold, left, right, leaf, missing_left and value.
        """
        trees = list(trees)
        sizes = np.array([len(tree["feature"]) for tree in trees])
        roots = np.cumsum(sizes) - sizes
        children, depth = [], 0
        for tree, root in zip(trees, roots.tolist(), strict=True):
            own = np.arange(len(tree["feature"]))
            pair = np.column_stack([tree["right"], tree["left"]])
            pair = np.where(tree["leaf"][:, None], own[:, None], pair)
            children.append((pair + root).ravel())
            depth = max(depth, _depth(pair))
        joined = {key: np.concatenate([tree[key] for tree in trees]) for key in trees[0]}
        leaf, missing_left = joined["leaf"], joined["missing_left"].astype(bool)
        return cls(
            feature=np.where(leaf, 0, joined["feature"]).astype(np.intp).repeat(2),
            threshold=_rounded_down(joined["threshold"], dtype).repeat(2),
            children=2 * np.concatenate(children).astype(np.intp),
            missing_left=missing_left.repeat(2) if missing_left[~leaf].any() else None,
            value=joined["value"],
            roots=2 * roots.astype(np.intp),
            depth=depth,
        )

    def leaves(self, values: np.ndarray) -> np.ndarray:
        """Return the values of the leaves that rows end in.

        Shapes: values (n, width); returns (n, n_trees, n_outputs).
        """
        n, width = values.shape
        cells = values.ravel()
        at: Any = self.roots if n == 1 else np.broadcast_to(self.roots, (n, len(self.roots)))
        row = np.arange(0, n * width, width)[:, None]
        missing_left = self.missing_left
        if missing_left is not None and not np.isnan(cells).any():
            missing_left = None
        feature, threshold, children = self.feature, self.threshold, self.children
        for _ in range(self.depth):
            place = feature.take(at)
            if n > 1:
                place += row
            found = cells.take(place)
            left = found <= threshold.take(at)
            if missing_left is not None:
                left |= np.isnan(found) & missing_left.take(at)
            at = children.take(at + left)
        return self.value.take(at >> 1, axis=0).reshape(n, len(self.roots), -1)


def _rounded_down(threshold: np.ndarray, dtype: Any) -> np.ndarray:
    """Return thresholds in the dtype of the values: none of those lies in between."""
    rounded = threshold.astype(dtype)
    above = rounded > threshold
    rounded[above] = np.nextafter(rounded[above], np.array(-np.inf, dtype=dtype))
    return rounded


def _depth(children: np.ndarray) -> int:
    """Return the number of levels below the root.

    Shapes: children (n_nodes, 2).
    """
    level, depth = np.array([0]), 0
    while True:
        below = children[level]
        below = below[below != level[:, None]]
        if not len(below):
            return depth
        level, depth = below, depth + 1


class Forest:
    """Means over trees, as a forest or a single tree gives them."""

    def __init__(self, nodes: Nodes, estimator: Any) -> None:
        self.nodes, self.estimator = nodes, anonymous(estimator)
        self.n_trees = len(nodes.roots)
        self.method = "predict_proba" if hasattr(estimator, "classes_") else "predict"

    def __call__(self, values: np.ndarray) -> np.ndarray:
        if len(values) * self.n_trees * self.nodes.depth > MOST_STEPS:
            out = getattr(self.estimator, self.method)(values)
            return _one_table(out, self.nodes.value.shape[1])
        total = _sum(self.nodes.leaves(values))
        return total / self.n_trees if self.n_trees > 1 else total


def _one_table(out: Any, width: int) -> np.ndarray:
    """Return what a forest answers as the leaves hold it: outputs side by side, equally wide."""
    if not isinstance(out, list):
        return out.reshape(len(out), -1)
    wide = width // len(out)
    return np.hstack([np.pad(some, ((0, 0), (0, wide - some.shape[1]))) for some in out])


def _sum(leaves: np.ndarray) -> np.ndarray:
    """Add the trees in their order, not in pairs as `np.sum` may do.

    Shapes: leaves (n, n_trees, n_outputs); returns (n, n_outputs).
    """
    return np.add.accumulate(leaves, axis=1)[:, -1]


def forest_of(estimator: Any) -> Forest:
    """Read the trees of a fitted forest, or of a tree."""
    trees = [member.tree_ for member in getattr(estimator, "estimators_", [estimator])]
    n_nodes = sum(tree.node_count for tree in trees)
    if n_nodes > MOST_NODES:
        raise PlanRefused(f"the forest has {n_nodes} nodes; a plan takes {MOST_NODES}")
    known = _READ.get(estimator)
    # Trees that were fitted again are other objects, while those that were read are held here.
    if known is None or list(map(id, known[0])) != list(map(id, trees)):
        known = _READ[estimator] = trees, _read(trees)
    return Forest(known[1], estimator)


#: The nodes of forests, so that a model that is served and explained holds them once.
_READ: "WeakKeyDictionary[Any, tuple[list[Any], Nodes]]" = WeakKeyDictionary()


def _read(trees: Iterable[Any]) -> Nodes:
    return Nodes.join(tree_tables(trees), np.float32)


def tree_tables(trees: Iterable[Any]) -> list[dict[str, np.ndarray]]:
    """Return scikit-learn's trees as `Nodes.join` takes them."""
    read = []
    for tree in trees:
        nodes = tree.__getstate__()["nodes"]
        read.append(
            {
                "feature": tree.feature,
                "threshold": tree.threshold,
                "left": tree.children_left,
                "right": tree.children_right,
                "leaf": tree.children_left < 0,
                "missing_left": nodes["missing_go_to_left"],
                "value": tree.value.reshape(tree.node_count, -1),
            }
        )
    return read


class Boosted:
    """A start value and the sums of trees, one tree per output and round."""

    def __init__(self, nodes: Nodes, start: np.ndarray, estimator: Any) -> None:
        self.nodes, self.start, self.estimator = nodes, start, anonymous(estimator)
        self.n_outputs = len(start)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        n, n_trees = len(values), len(self.nodes.roots)
        if n * n_trees * self.nodes.depth > MOST_STEPS:
            return self.estimator._raw_predict(values)
        leaves = self.nodes.leaves(values).reshape(n, -1, self.n_outputs)
        start = np.broadcast_to(self.start, (n, 1, self.n_outputs))
        return _sum(np.concatenate([start, leaves], axis=1))


def hist_boosting_of(estimator: Any) -> Boosted:
    """Read the trees of a fitted histogram boosting without categories."""
    trees = []
    for rounds in estimator._predictors:
        for predictor in rounds:
            nodes = predictor.nodes
            trees.append(
                {
                    "feature": nodes["feature_idx"].astype(np.intp),
                    "threshold": nodes["num_threshold"],
                    "left": nodes["left"].astype(np.intp),
                    "right": nodes["right"].astype(np.intp),
                    "leaf": nodes["is_leaf"].astype(bool),
                    "missing_left": nodes["missing_go_to_left"],
                    "value": nodes["value"][:, None],
                }
            )
    start = np.ravel(estimator._baseline_prediction).astype(np.float64)
    return Boosted(Nodes.join(trees, np.float64), start, estimator)


_OBJECTIVES = frozenset(
    ["binary", "multiclass", "multiclassova", "cross_entropy", "regression", "regression_l1",
     "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie"]
)  # fmt: skip

#: Rows from which on the public call costs no more, and may use its threads.
MOST_ROWS = 512


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
