import numpy as np
import pytest
import sklearn
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcook.base._delegation import fit_weights
from skcook.models import AnyLabelsClassifier, EarlyStoppingClassifier, tabular_pipeline

LINE = LogisticRegression()
PIPE = make_pipeline(StandardScaler(), LINE)
W = np.ones(3)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (LINE, "sample_weight"),
        (PIPE, "logisticregression__sample_weight"),
        (make_pipeline(PIPE), "pipeline__logisticregression__sample_weight"),
        (AnyLabelsClassifier(tabular_pipeline("xgboost")), "sample_weight"),
        (GridSearchCV(PIPE, {}), "logisticregression__sample_weight"),
        (make_pipeline(GridSearchCV(LINE, {})), "gridsearchcv__sample_weight"),
        (EarlyStoppingClassifier(tabular_pipeline("xgboost")), "sample_weight"),
        (VotingClassifier([("line", LINE)]), "sample_weight"),
    ],
    ids=["plain", "pipeline", "nested", "labels", "search", "search inside", "stopping", "voting"],
)
def test_the_name_that_fit_takes(estimator, name):
    assert list(fit_weights(estimator, W)) == [name]
    assert fit_weights(estimator, W)[name] is W
    assert fit_weights(estimator, None) == {}


def test_who_cannot_weigh_is_named():
    with pytest.raises(TypeError, match="KNeighborsClassifier cannot weigh its rows"):
        fit_weights(make_pipeline(StandardScaler(), KNeighborsClassifier()), W)


def test_requests_decide_where_routing_is_enabled():
    with sklearn.config_context(enable_metadata_routing=True):
        assert list(fit_weights(PIPE, W)) == ["sample_weight"]
