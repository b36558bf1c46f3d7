"""Every name that skcook takes from inside scikit-learn.

These names are private or half public: scikit-learn may move them in any release. They are
imported here alone, so that a move is mended in one place.
"""

from sklearn.base import _fit_context as fit_context
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
from sklearn.utils.validation import _num_features as num_features

__all__ = [
    "HasMethods",
    "Hidden",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "check_feature_names_in",
    "fit_context",
    "num_features",
    "output_container",
]


def output_container(estimator: object) -> str:
    """Return the container that ``set_output`` asks of a transformer.

    Parameters
    ----------
    estimator : estimator
        A transformer.

    Returns
    -------
    container : {"default", "pandas", "polars"}
        The value given to ``set_output``, or scikit-learn's global setting.
    """
    return _get_output_config("transform", estimator)["dense"]
