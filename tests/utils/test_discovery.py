import inspect

import pytest
from sklearn.base import BaseEstimator

from skcook.utils import all_estimators


def test_all_are_public_concrete_and_sorted():
    found = all_estimators()
    assert [name for name, _ in found] == sorted(name for name, _ in found)
    for name, cls in found:
        assert issubclass(cls, BaseEstimator)
        assert not inspect.isabstract(cls)
        assert not name.startswith("_")
        assert cls.__module__.startswith("skcook.")


@pytest.mark.parametrize("kind", ["classifier", "regressor", "transformer"])
def test_a_filter_keeps_a_part(kind):
    assert set(all_estimators(kind)) <= set(all_estimators())


def test_an_unknown_filter_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'transformer'.*got 'cluster'"):
        all_estimators("cluster")
