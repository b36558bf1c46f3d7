import pandas as pd
import pytest

from skcook.datasets import make_interactions


def test_the_same_seed_gives_the_same_data():
    one, other = make_interactions(random_state=3), make_interactions(random_state=3)
    for table in ("frame", "item_table", "user_table"):
        pd.testing.assert_frame_equal(one[table], other[table])


def test_users_pick_different_items_mostly_of_their_favourite_genre():
    data = make_interactions(300, 200, n_per_user=20, purity=0.8, random_state=0)
    assert not data.frame.duplicated(["user", "item"]).any()
    assert (data.frame["user"].value_counts() == 20).all()
    pairs = data.frame.merge(data.item_table, on="item").merge(data.user_table, on="user")
    assert 0.6 < (pairs["genre"] == pairs["favourite"]).mean() < 0.9
    assert pairs["rating"].between(1, 5).all()


def test_with_purity_1_nobody_leaves_his_genre():
    data = make_interactions(40, 80, n_per_user=10, purity=1, random_state=0)
    pairs = data.frame.merge(data.item_table, on="item").merge(data.user_table, on="user")
    assert (pairs["genre"] == pairs["favourite"]).all()


def test_what_cannot_be_picked_is_named():
    with pytest.raises(ValueError, match=r"A genre has about 10 items.*n_per_user=20"):
        make_interactions(n_items=40)
    with pytest.raises(ValueError, match="n_users == 0"):
        make_interactions(0)
