"""Find every estimator of skcook."""

import importlib
import inspect
import pkgutil


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
