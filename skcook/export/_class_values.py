"""Classes: probabilities of two from one, the greatest score, and the labels at places."""

import numpy as np

from skcook.exceptions import ExportRefused
from skcook.export._graph import Value


def two_classes(second: Value) -> Value:
    """Return probabilities of two classes from that of the second."""
    return second.graph.concat([1.0 - second, second])


def sigmoid(score: Value) -> Value:
    """Return the probability that belongs to log odds."""
    return score.apply("Sigmoid")


def chosen(scores: Value, *, is_flat: bool) -> Value:
    """Return the place of the greatest score, or of a positive one, of shape (n,)."""
    return (scores > 0.0).cast("int64").reshape(-1) if is_flat else scores.argmax()


def labelled(places: Value, classes: np.ndarray) -> Value:
    """Return the labels at places."""
    values, kinds = np.asarray(classes), {"b": "bool", "i": "int64", "u": "int64", "f": "float64"}
    if values.dtype.kind in "UO" and all(isinstance(label, str) for label in values.tolist()):
        dtype = "str"
    elif values.dtype.kind in kinds:
        dtype = kinds[values.dtype.kind]
    else:
        raise ExportRefused(f"Labels such as {values.tolist()[0]!r} have no type in ONNX.")
    return places.graph.constant(values, dtype).take(places, axis=0)
