"""Where public names say they come from, and where their page is."""

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
