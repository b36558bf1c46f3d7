"""How each estimator is built for the common tests, and which checks it is excused from."""

from typing import Any

from skcook.utils import all_estimators

#: Constructor arguments of those that need some, or that are slow with their defaults.
ARGUMENTS: dict[str, dict[str, Any]] = {}

#: Checks of scikit-learn that an estimator cannot pass, each with its reason.
EXPECTED_FAILED_CHECKS: dict[str, dict[str, str]] = {}


def instances() -> list[Any]:
    """Build one instance of every estimator."""
    return [cls(**ARGUMENTS.get(name, {})) for name, cls in all_estimators()]


def expected_failed_checks(estimator: Any) -> dict[str, str]:
    """Return the checks that an estimator is excused from."""
    return EXPECTED_FAILED_CHECKS.get(type(estimator).__name__, {})
