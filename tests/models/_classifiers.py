"""One classifier of each family that early stopping knows."""

import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

CLASSIFIERS = {
    "xgboost": XGBClassifier(n_jobs=1, random_state=0),
    "lightgbm": LGBMClassifier(n_jobs=1, verbose=-1, random_state=0),
    # Few bins: finding the bins of weighted rows takes scikit-learn seconds.
    "sklearn": HistGradientBoostingClassifier(max_bins=32, random_state=0),
}
every_booster = pytest.mark.parametrize("booster", CLASSIFIERS.values(), ids=CLASSIFIERS)
