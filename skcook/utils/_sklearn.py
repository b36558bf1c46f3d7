"""Every name that skcook takes from inside scikit-learn.

These names are private or half public: scikit-learn may move them in any release. They are
imported here alone, so that a move is fixed in one place.
"""

import copy
import inspect
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import sklearn.utils
from scipy import sparse
from sklearn.base import _fit_context as fit_context
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing as rows_of
from sklearn.utils._metadata_requests import _routing_enabled as routing_enabled
from sklearn.utils._param_validation import (
    HasMethods,
    Hidden,
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import _check_method_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_features as num_features
from sklearn.utils.validation import _num_samples as num_samples

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn 1.8 has no callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for the mixin of scikit-learn 1.9."""


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Hidden",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "align_sparse",
    "branches_of",
    "check_feature_names_in",
    "check_sample_weight",
    "fit_context",
    "fit_tasks",
    "num_features",
    "num_samples",
    "output_container",
    "params_of_rows",
    "params_of_steps",
    "request_weights",
    "routing_enabled",
    "rows_of",
    "scorer_function",
    "with_function",
    "with_labels",
    "with_positive_class",
]


def align_sparse(X: Any) -> Any:
    """Return a sparse matrix in the interface that scikit-learn is set to."""
    align = getattr(sklearn.utils, "_align_api_if_sparse", sparse.csr_matrix)
    return align(X)


def output_container(estimator: object) -> str:
    """Return the container that ``set_output`` asks of a transformer."""
    return _get_output_config("transform", estimator)["dense"]


def leave_output(estimator: Any) -> bool:
    """Let a transformer's output be as it is, unless its own ``set_output`` says otherwise."""
    if "transform" in getattr(estimator, "_sklearn_output_config", {}):
        return False
    estimator.set_output(transform="default")
    return True


def branches_of(transformer: Any) -> list[tuple[str, Any, Any, list[int]]]:
    """Return of each part of a ColumnTransformer its name, itself, its columns and their places."""
    places = transformer._transformer_to_input_indices
    return [(name, part, given, places[name]) for name, part, given in transformer.transformers_]


def params_of_rows(X: Any, params: dict[str, Any], rows: Any) -> dict[str, Any]:
    """Cut the parameters of a ``fit`` to some rows.

    Shapes: X (n_samples, n_features).
    """
    return _check_method_params(X, params, rows)


def params_of_steps(pipeline: Pipeline, params: dict[str, Any]) -> Any:
    """Tell which parameters of a pipeline's ``fit`` go to which step."""
    return pipeline._check_method_params(method="fit", props=params)


def request_weights(estimator: Any) -> Any:
    """Let every predictor in an estimator ask for weights of the rows, where metadata is routed.

    What was requested, or refused, stays.
    """
    parts = [estimator, *estimator.get_params().values()] if routing_enabled() else []
    for part in parts:
        requests = part._get_metadata_request() if hasattr(part, "set_fit_request") else None
        if requests is not None and requests.fit.requests.get("sample_weight", False) is None:
            part.set_fit_request(sample_weight=hasattr(part, "predict"))
    return estimator


def scorer_function(scorer: Any) -> Any:
    """Return the metric inside a scorer, or None if it is a function of one's own."""
    return getattr(scorer, "_score_func", None)


def with_positive_class(scorer: Any, label: Any) -> Any:
    """Tell a scorer which of two classes is the positive one, where that matters to it."""
    function = scorer_function(scorer)
    if function is None or "pos_label" not in inspect.signature(function).parameters:
        return scorer
    if "pos_label" in scorer._kwargs or scorer._kwargs.get("average", "binary") != "binary":
        return scorer
    scorer = copy.copy(scorer)
    scorer._kwargs = {**scorer._kwargs, "pos_label": label}
    return scorer


def with_labels(scorer: Any, labels: Any) -> Any:
    """Tell a scorer of probabilities all the classes, for rows that have not got each of them."""
    function = scorer_function(scorer)
    if function is None or "labels" in scorer._kwargs:
        return scorer
    if function.__name__ not in ("log_loss", "brier_score_loss", "top_k_accuracy_score"):
        return scorer
    scorer = copy.copy(scorer)
    scorer._kwargs = {**scorer._kwargs, "labels": labels}
    return scorer


def with_function(scorer: Any, function: Any) -> Any:
    """Return a scorer that computes another metric from the same predictions."""
    scorer = copy.copy(scorer)
    scorer._score_func = function
    return scorer


@contextmanager
def fit_tasks(estimator: Any, X: Any, y: Any) -> Iterator[Any]:
    """Tell scikit-learn's callbacks of a fit; gives what tells them of a part of it.

    That part, ``with task(name, model):``, hands the callbacks to the model that is fitted in it.
    """
    if not getattr(estimator, "_skl_callbacks", None):
        yield lambda name, model=None: nullcontext()
        return
    context = estimator._init_callback_context(max_subtasks=None)

    @contextmanager
    def task(name: str, model: Any = None) -> Iterator[None]:
        part = context.subcontext(task_name=name)
        part.call_on_fit_task_begin(estimator=estimator)
        takes_callbacks = hasattr(model, "set_callbacks")
        with part.propagate_callback_context(model) if takes_callbacks else nullcontext():
            yield
        part.call_on_fit_task_end(estimator=estimator)

    context.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
    yield task
    context.call_on_fit_task_end(estimator=estimator, X=X, y=y)
