"""Small models and data for boards."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

QUICK = {
    "bayes": GaussianNB(),
    "tree": DecisionTreeClassifier(random_state=0),
    "xgb": XGBClassifier(n_estimators=10, n_jobs=1),
    "none": DummyClassifier(),
}


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(400, 6, n_informative=4, random_state=0)
    return pd.DataFrame(X).add_prefix("x"), np.array(["no", "yes"])[y]
