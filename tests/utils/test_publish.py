"""Where public names say they come from, and where their page is."""

import inspect

import pytest
from sklearn.base import BaseEstimator

from skcook.utils import all_estimators
from tests._instances import ARGUMENTS


@pytest.mark.parametrize(("name", "cls"), all_estimators(), ids=lambda value: str(value))
def test_the_repr_of_every_estimator_links_to_its_page(name, cls):
    page = f"https://skcook.readthedocs.io/en/stable/api/generated/{cls.__module__}.{name}.html"
    assert cls(**ARGUMENTS.get(name, {}))._get_doc_link() == page
    assert page in cls(**ARGUMENTS.get(name, {}))._repr_html_()


def test_subclasses_of_users_link_to_no_page():
    _, cls = all_estimators()[0]
    assert issubclass(cls, BaseEstimator)
    own = type("Own", (cls,), {"__module__": "mine"})
    assert own.__new__(own)._get_doc_link() == ""


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
