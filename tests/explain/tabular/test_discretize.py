import numpy as np
import pytest
from lime.discretize import DecileDiscretizer, EntropyDiscretizer, QuartileDiscretizer

from skcook.explain.tabular._tabular_background import edges_of


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("quartile", QuartileDiscretizer),
        ("decile", DecileDiscretizer),
        ("entropy", EntropyDiscretizer),
    ],
)
def test_edges_are_those_of_lime(cancer, name, peer):
    X, y = cancer
    names = [str(j) for j in range(X.shape[1])]
    theirs = peer(X, [], names, labels=y, random_state=0)
    for j in range(X.shape[1]):
        # lime reads the edges back from the bins' names only; its bounds are the edges.
        expected = theirs.bins(X, y)[j]
        assert np.allclose(edges_of("x", X[:, j], name, y), np.unique(expected))


def test_own_edges_for_some_columns():
    values = np.arange(9.0)
    assert edges_of("x", values, {"x": [3, 1, 3]}).tolist() == [1, 3]
    assert edges_of("y", values, {"x": [1]}).tolist() == [2, 4, 6]
    with pytest.raises(ValueError, match="'x' must be finite"):
        edges_of("x", values, {"x": [np.nan]})


def test_missing_and_empty_columns():
    assert edges_of("x", np.array([np.nan, np.nan]), "quartile").tolist() == []
    assert edges_of("x", np.array([5.0, 5.0, np.nan]), "quartile").tolist() == [5.0]


def test_entropy_needs_classes():
    with pytest.raises(ValueError, match="give `y`"):
        edges_of("x", np.arange(4.0), "entropy")
