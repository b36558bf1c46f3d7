"""Trees as one operator: `TreeEnsemble` finds the leaves, and a table holds what stands in them.

The operator of ONNX gives each leaf one number for one output. Each tree is an output here, and
the number of a leaf is its row in a table, so that leaves of several classes cost no second copy
of the trees, and all sums are in double.

The trees of LightGBM and XGBoost are read from the text that each of them saves. Both compute a
raw score per output, which the objective turns into a number or probabilities:

- LightGBM saves lines of text; `missing_type` says what a missing number is taken for.
- XGBoost saves JSON; numbers are compared by "less than", and all arithmetic is in single
  precision.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from skcook.exceptions import ExportRefused
from skcook.export._graph import ML, Value, sigmoid
from skcook.plan._trees import Boosted, Forest, Nodes


def trace_forest(forest: Forest, x: Value) -> Value:
    """Return the means of a forest, of shape (n, n_outputs)."""
    n_outputs = forest.nodes.value.shape[1]
    total = trace_leaves(forest.nodes, x).sum_in_order().reshape(-1, n_outputs)
    return total / float(forest.n_trees) if forest.n_trees > 1 else total


def trace_boosted(boosted: Boosted, x: Value) -> Value:
    """Return raw sums of boosting, of shape (n, n_outputs)."""
    return trace_sums(boosted.nodes, x, boosted.start)


def trace_sums(nodes: Nodes, x: Value, start: np.ndarray, dtype: str = "float64") -> Value:
    """Return a start and the sums of trees that take turns with the outputs.

    Shapes: start (n_outputs,); returns (n, n_outputs).
    """
    n_outputs = len(start)
    rounds = len(nodes.roots) // n_outputs
    leaves = trace_leaves(nodes, x).cast(dtype).reshape(-1, rounds, n_outputs)
    first = leaves.take([0], axis=1) * 0.0 + np.reshape(start, (1, 1, -1))
    return x.graph.concat([first, leaves]).sum_in_order().reshape(-1, n_outputs)


def trace_leaves(nodes: Nodes, x: Value) -> Value:
    """Return the values of the leaves that rows end in, of shape (n, n_trees, n_outputs)."""
    attributes, values = _ensemble(nodes)
    n_trees = len(nodes.roots)
    numbers = x.cast("float64").graph.add(
        "TreeEnsemble", x.cast("float64"), domain=ML, n_targets=n_trees, **attributes
    )
    return x.graph.constant(values).take(numbers.cast("int64"), axis=0)


def _ensemble(nodes: Nodes) -> tuple[dict[str, Any], np.ndarray]:
    """Return the operator's attributes, and the values of the leaves."""
    right, left = nodes.children[::2] // 2, nodes.children[1::2] // 2
    n = len(right)
    is_leaf = right == np.arange(n)
    roots = nodes.roots // 2
    tree = np.zeros(n, np.int64)
    tree[roots[1:]] = 1
    tree = np.cumsum(tree)
    leaves, splits = np.flatnonzero(is_leaf), np.flatnonzero(~is_leaf)
    number = np.empty(n, np.int64)
    number[leaves], number[splits] = np.arange(len(leaves)), np.arange(len(splits))
    missing_left = np.zeros(n, bool) if nodes.missing_left is None else nodes.missing_left[::2]
    # A tree of one leaf is a split whose two sides are that leaf.
    lone = roots[is_leaf[roots]]
    number_of_split = number.copy()
    number_of_split[lone] = len(splits) + np.arange(len(lone))
    splits = np.concatenate([splits, lone])
    yes, no = left[splits], right[splits]
    attributes = {
        "aggregate_function": 1,
        "post_transform": 0,
        "tree_roots": number_of_split[roots],
        "nodes_featureids": nodes.feature[::2][splits],
        "nodes_splits": nodes.threshold[::2][splits].astype(np.float64),
        "nodes_modes": np.zeros(len(splits), np.uint8),  # less or equal goes to the left
        "nodes_truenodeids": number[yes],
        "nodes_falsenodeids": number[no],
        "nodes_trueleafs": is_leaf[yes].astype(np.int64),
        "nodes_falseleafs": is_leaf[no].astype(np.int64),
        "nodes_missing_value_tracks_true": missing_left[splits].astype(np.int64),
        "leaf_targetids": tree[leaves],
        "leaf_weights": np.arange(len(leaves), dtype=np.float64),
    }
    return attributes, nodes.value[leaves]


Link = Callable[[Value], Value]


def _same(score: Value) -> Value:
    return score


def _exp(score: Value) -> Value:
    return score.apply("Exp")


# LightGBM.


def trace_lightgbm(estimator: Any, x: Value) -> Value:
    """Return what the booster answers: numbers, the second class's probability, or all of them."""
    booster = estimator.booster_
    best = booster.best_iteration
    text = booster.model_to_string(num_iteration=best if best and best > 0 else -1)
    head, *blocks = text.partition("end of trees")[0].split("\nTree=")
    facts = _facts(head)
    n_outputs = int(facts["num_tree_per_iteration"])
    objective, *settings = facts["objective"].split()
    options = dict(setting.partition(":")[::2] for setting in settings if ":" in setting)
    nodes = Nodes.join(map(_lightgbm_tree, blocks), np.float64)
    raw = trace_sums(nodes, x, np.zeros(n_outputs))
    if "average_output" in head.splitlines():
        raw = raw / (len(blocks) / n_outputs)
    if "sqrt" in settings:
        raise ExportRefused("LightGBM's reg_sqrt cannot be exported.")
    if objective in ("binary", "cross_entropy", "multiclassova"):
        return sigmoid(raw * float(options.get("sigmoid", 1.0)))
    if objective == "multiclass":
        return raw.softmax()
    if objective in ("poisson", "gamma", "tweedie"):
        return _exp(raw)
    if objective in ("regression", "regression_l1", "huber", "fair", "quantile", "mape"):
        return raw
    raise ExportRefused(f"LightGBM's objective {objective!r} cannot be exported.")


def _facts(block: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)


def _lightgbm_tree(block: str) -> dict[str, np.ndarray]:
    facts = _facts(block)
    for key, what in (("num_cat", "that split by category"), ("is_linear", "with linear leaves")):
        if int(facts.get(key, 0)):
            raise ExportRefused(f"LightGBM's trees {what} cannot be exported.")

    def numbers(key: str, dtype: Any) -> np.ndarray:
        return np.array(facts.get(key, "").split(), dtype=dtype)

    feature, threshold = numbers("split_feature", np.int64), numbers("threshold", np.float64)
    decision = numbers("decision_type", np.int64)
    kind, default_left = decision >> 2 & 3, (decision & 2).astype(bool)
    if (kind == 1).any():
        raise ExportRefused("LightGBM's zero_as_missing=True cannot be exported.")
    n = len(feature)
    # A leaf is numbered ~k among the children; a node without a kind of missing takes zero.
    left, right = (
        np.where(c < 0, n + ~c, c)
        for c in (numbers("left_child", np.int64), numbers("right_child", np.int64))
    )
    missing_left = np.where(kind == 2, default_left, threshold >= 0.0)
    return _tree(feature, threshold, left, right, missing_left, numbers("leaf_value", np.float64))


def _tree(
    feature: np.ndarray,
    threshold: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    missing_left: np.ndarray,
    leaves: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return a tree whose splits come first and whose leaves come after them."""
    n, k = len(feature), len(leaves)
    none, zero = np.full(k, -1), np.zeros(k)
    return {
        "feature": np.concatenate([feature, none]),
        "threshold": np.concatenate([threshold, zero]),
        "left": np.concatenate([left, none]),
        "right": np.concatenate([right, none]),
        "leaf": np.arange(n + k) >= n,
        "missing_left": np.concatenate([missing_left, zero]).astype(bool),
        "value": np.concatenate([np.zeros(n), leaves])[:, None],
    }


# XGBoost.

_XGBOOST: dict[str, tuple[Link, Callable[[float], float]]] = {
    "binary:logistic": (sigmoid, lambda p: math.log(p / (1 - p))),
    "reg:logistic": (sigmoid, lambda p: math.log(p / (1 - p))),
    "multi:softprob": (Value.softmax, float),
    "multi:softmax": (Value.softmax, float),
    "count:poisson": (_exp, math.log),
    "reg:gamma": (_exp, math.log),
    "reg:tweedie": (_exp, math.log),
    "reg:squarederror": (_same, float),
    "reg:squaredlogerror": (_same, float),
    "reg:absoluteerror": (_same, float),
    "reg:pseudohubererror": (_same, float),
    "reg:quantileerror": (_same, float),
}


def trace_xgboost(estimator: Any, x: Value) -> Value:
    """Return what the booster answers: numbers, the second class's probability, or all of them."""
    if not (isinstance(estimator.missing, float) and math.isnan(estimator.missing)):
        raise ExportRefused(f"XGBoost's missing={estimator.missing!r} cannot be exported.")
    learner = json.loads(bytes(estimator.get_booster().save_raw("json")))["learner"]
    objective = learner["objective"]["name"]
    if objective not in _XGBOOST:
        raise ExportRefused(f"XGBoost's objective {objective!r} cannot be exported.")
    booster = learner["gradient_booster"]
    drop = booster.get("weight_drop")
    model = booster["gbtree"]["model"] if "gbtree" in booster else booster.get("model", {})
    if "trees" not in model:
        raise ExportRefused(f"XGBoost's booster {booster.get('name')!r} cannot be exported.")
    trees, turn = model["trees"], model["tree_info"]
    n_outputs = max(turn, default=0) + 1
    per_round = n_outputs * int(model["gbtree_model_param"].get("num_parallel_tree", 1) or 1)
    try:
        n = (estimator.best_iteration + 1) * per_round
    except AttributeError:
        n = len(trees)
    weights = np.ones(n) if drop is None else np.array(drop[:n], dtype=np.float64)
    order = np.argsort(turn[:n], kind="stable").reshape(n_outputs, -1).T.ravel()
    read = [_xgboost_tree(trees[i], weights[i]) for i in order]
    link, to_score = _XGBOOST[objective]
    base = np.ravel(json.loads(learner["learner_model_param"]["base_score"]))
    start = np.broadcast_to([to_score(p) for p in base], n_outputs)
    # XGBoost adds in single precision, so that its sums are not those of doubles.
    return link(trace_sums(Nodes.join(read, np.float32), x.cast("float32"), start, "float32"))


def _xgboost_tree(tree: dict[str, Any], weight: float) -> dict[str, np.ndarray]:
    if tree.get("categories_nodes") or int(tree["tree_param"].get("size_leaf_vector", 1) or 1) > 1:
        what = "that split by category" if tree.get("categories_nodes") else "of several outputs"
        raise ExportRefused(f"XGBoost's trees {what} cannot be exported.")
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    leaf = left < 0
    # Where a number must be less, it is not above the number before.
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    below = np.nextafter(condition, np.float32(-np.inf))
    return {
        "feature": np.array(tree["split_indices"]),
        "threshold": np.where(leaf, 0, below),
        "left": left,
        "right": right,
        "leaf": leaf,
        "missing_left": np.array(tree["default_left"]).astype(bool),
        "value": np.where(leaf, condition * np.float32(weight), 0.0)[:, None],
    }
