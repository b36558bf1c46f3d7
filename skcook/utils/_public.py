"""The public address of a public name, and every public estimator.

A class says in its ``__module__`` where users import it from, and not in which private file it is
written. So tracebacks, reprs and saved files name the public package, and moving a private file
breaks no saved file. The habit is httpx's.
"""

import importlib
import inspect
import pkgutil
from typing import Any

#: Where the page of an estimator is; its HTML repr links there.
DOCUMENTATION = (
    "https://skcook.readthedocs.io/en/stable/api/generated/{estimator_module}.{estimator_name}.html"
)


def publish(package: dict[str, Any]) -> None:
    """Let every name in a package's ``__all__`` say that it comes from that package.

    >>> from skcook.preprocessing import NumericImputer
    >>> NumericImputer.__module__
    'skcook.preprocessing'
    """
    for name in package["__all__"]:
        member = package[name]
        if getattr(member, "__module__", "").startswith("skcook."):
            member.__module__ = package["__name__"]
        if hasattr(member, "_doc_link_module"):
            # scikit-learn's names for those who build on it; see its developer guide.
            member._doc_link_module = "skcook"
            member._doc_link_template = DOCUMENTATION


def all_estimators(type_filter: str | None = None) -> list[tuple[str, type]]:
    """List every public estimator of skcook.

    Parameters
    ----------
    type_filter : {"classifier", "regressor", "transformer"} or None, default=None
        Keep the estimators of that kind only.

    Returns
    -------
    estimators : list of (str, class)
        Name and class, sorted by name.

    Raises
    ------
    ValueError
        If `type_filter` is none of the kinds.

    Examples
    --------
    >>> from skcook.utils import all_estimators
    >>> "NumericImputer" in dict(all_estimators("transformer"))
    True
    """
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin

    kinds: dict[str | None, type] = {
        None: BaseEstimator,
        "classifier": ClassifierMixin,
        "regressor": RegressorMixin,
        "transformer": TransformerMixin,
    }
    if type_filter not in kinds:
        expected = ", ".join(repr(kind) for kind in kinds)
        raise ValueError(f"type_filter must be one of {expected}; got {type_filter!r}.")

    import skcook

    found = {}
    for info in pkgutil.iter_modules(skcook.__path__):
        if not info.ispkg:
            continue
        package = importlib.import_module(f"skcook.{info.name}")
        for name in getattr(package, "__all__", ()):
            member = getattr(package, name)
            if (
                inspect.isclass(member)
                and issubclass(member, BaseEstimator)
                and issubclass(member, kinds[type_filter])
                and not inspect.isabstract(member)
            ):
                found[name] = member
    return sorted(found.items())
