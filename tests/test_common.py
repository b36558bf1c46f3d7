"""scikit-learn's own checks over every estimator of skcook."""

import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcook.utils import all_estimators
from tests._instances import ARGUMENTS, EXPECTED_FAILED_CHECKS, expected_failed_checks, instances


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
@parametrize_with_checks(instances(), expected_failed_checks=expected_failed_checks)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", instances(), ids=lambda e: type(e).__name__)
def test_parameters_after_the_first_are_keyword_only(estimator):
    import inspect

    parameters = list(inspect.signature(type(estimator)).parameters.values())[1:]
    positional = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert not positional


@pytest.mark.parametrize("estimator", instances(), ids=lambda e: type(e).__name__)
def test_clone_keeps_the_parameters(estimator):
    assert repr(clone(estimator).get_params()) == repr(estimator.get_params())


def test_the_tables_name_estimators_that_exist():
    names = dict(all_estimators())
    assert set(ARGUMENTS) <= set(names)
    assert set(EXPECTED_FAILED_CHECKS) <= set(names)
    assert all(reason for checks in EXPECTED_FAILED_CHECKS.values() for reason in checks.values())
