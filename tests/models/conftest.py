import numpy as np
import pytest
from sklearn.datasets import make_classification


@pytest.fixture(scope="module")
def binary():
    X, y = make_classification(600, 8, n_informative=5, flip_y=0.1, random_state=0)
    return X, np.array(["no", "yes"])[y]
