"""The methods that a model may be asked for: one table, read by files, server and batch alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Method:
    """A method that a model may be asked for."""

    #: Its name: the method of the estimator, and the last part of the route.
    name: str
    #: What it takes: rows of the schema, or ids of a recommender.
    takes: Literal["rows", "users", "items"]
    #: What the answers are called in the server's JSON.
    answers: str
    #: What the columns of answers are called in files.
    column: str
    #: One line for people.
    title: str
    #: The labels of the columns: the model's classes, its output features, or none.
    labels: Literal["classes", "features"] | None = None


_TABLE = (
    Method("predict", "rows", "predictions", "prediction", "Predict each row"),
    Method("predict_proba", "rows", "probabilities", "probability",
           "Give the probability of each class", "classes"),
    Method("decision_function", "rows", "scores", "score",
           "Give the decision function of each row", "classes"),
    Method("score_samples", "rows", "scores", "sample_score",
           "Give the log-likelihood or the anomaly score of each row"),
    Method("transform", "rows", "rows", "transformed", "Transform each row", "features"),
    Method("explain", "rows", "explanations", "reason",
           "Say why each row is predicted as it is"),
    Method("recommend", "users", "recommendations", "item", "Recommend items to users"),
    Method("similar", "items", "similar", "item", "Find the items most like others"),
)  # fmt: skip

METHODS: Mapping[str, Method] = {method.name: method for method in _TABLE}

#: Methods of recommenders that are called from Python and not served.
_PYTHON_ONLY = ("recommend_users", "similar_items", "similar_users")


def row_methods(model: Any) -> list[Method]:
    """List the methods of a model that give one answer per row, as the table orders them."""
    found = [m for m in METHODS.values() if m.takes == "rows" and m.name != "explain"]
    return [m for m in found if callable(getattr(model, m.name, None))]


def methods_of(model: Any) -> list[str]:
    """Name the methods of a model that the manifest lists."""
    names = [name for name in METHODS if name != "similar"]
    return [n for n in (*names, *_PYTHON_ONLY) if callable(getattr(model, n, None))]


def labels_of(method: Method, model: Any) -> Any:
    """Return the labels of the columns of a method's answers, or None if they have none."""
    if method.labels == "classes":
        return getattr(model, "classes_", None)
    if method.labels == "features" and hasattr(model, "get_feature_names_out"):
        try:
            return list(model.get_feature_names_out())
        except (ValueError, AttributeError, TypeError):
            return None  # a step of the pipeline gives its features no names
    return None
