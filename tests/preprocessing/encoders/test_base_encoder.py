"""Rare categories, as scikit-learn finds them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder as SklearnOneHotEncoder

from skcook.preprocessing import OneHotEncoder
from skcook.preprocessing.encoders._base_encoder import infrequent, with_infrequent_merged


@pytest.mark.parametrize("min_frequency", [None, 1, 2, 3, 0.2, 0.3, np.int64(3)], ids=str)
@pytest.mark.parametrize("max_categories", [None, 1, 2, 3, 5, 9], ids=str)
def test_rare_categories_are_those_of_scikit_learn(min_frequency, max_categories):
    if min_frequency is max_categories is None:
        assert infrequent(np.array([1]), 1, min_frequency=None, max_categories=None) is None
        return
    counts = np.array([5, 2, 2, 1, 4])
    values = np.repeat(list("abcde"), counts).astype(object)
    peer = SklearnOneHotEncoder(min_frequency=min_frequency, max_categories=max_categories)
    expected = peer.fit(values.reshape(-1, 1)).infrequent_categories_[0]
    rare = infrequent(
        counts, len(values), min_frequency=min_frequency, max_categories=max_categories
    )
    if expected is None:
        assert rare is None
    else:
        assert [list("abcde")[i] for i in rare] == expected.tolist()


def test_the_rare_ones_share_the_last_code():
    assert with_infrequent_merged(3, None).tolist() == [0, 1, 2]
    assert with_infrequent_merged(3, np.array([0, 1, 2])).tolist() == [0, 0, 0]


def test_the_error_of_an_unseen_value_is_short_however_many_there_are():
    encoder = OneHotEncoder().fit(pd.DataFrame({"a": [f"v{i}" for i in range(1000)]}))
    with pytest.raises(ValueError, match="and 990 more") as caught:
        encoder.transform(pd.DataFrame({"a": [f"w{i}" * 50 for i in range(1000)]}))
    assert len(str(caught.value)) < 1500
