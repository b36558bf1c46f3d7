"""Trees as one operator: `TreeEnsemble` finds the leaves, and a table holds what stands in them.

The operator of ONNX gives each leaf one number for one output. Each tree is an output here, and
the number of a leaf is its row in a table, so that leaves of several classes cost no second copy
of the trees, and all sums are in double.
"""

from typing import Any

import numpy as np

from skcook.export._graph import ML, Value
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
    return attributes, nodes.value[::2][leaves]
