"""What the tests of the recommenders share."""

import numpy as np
import pandas as pd
import pytest

from skcook.datasets import make_interactions
from skcook.recommend import LightFMRecommender, SideTable


def checkerboard(n=20):
    """Even users like even items and odd users odd ones, each all but one: the right answer."""
    users, items = np.nonzero(np.add.outer(np.arange(n), np.arange(n)) % 2 == 0)
    keep = users != items
    return pd.DataFrame({"user": users[keep], "item": items[keep]})


@pytest.fixture(scope="session")
def data():
    return make_interactions(n_users=60, n_items=80, n_per_user=15, random_state=0)


@pytest.fixture(scope="session")
def tables(data):
    return {
        "item_features": SideTable(data.item_table, id="item", title="title"),
        "user_features": SideTable(data.user_table, id="user"),
    }


@pytest.fixture(scope="session")
def fitted(data):
    return LightFMRecommender(8, epochs=10, random_state=0).fit(data.frame)


@pytest.fixture(scope="session")
def hybrid(data, tables):
    """Fitted with features; item i0 and user u0 are known from the side tables alone."""
    known = (data.frame["item"] != "i0") & (data.frame["user"] != "u0")
    return LightFMRecommender(8, epochs=10, random_state=0, **tables).fit(data.frame[known])
