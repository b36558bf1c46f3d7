import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcook.models import EarlyStoppingClassifier
from tests.models._classifiers import CLASSIFIERS, every_booster


class Spy(TransformerMixin, BaseEstimator):
    """Records which rows each call sees; the first column is the row's number."""

    def __init__(self, log):
        self.log = log

    def __deepcopy__(self, memo):
        return self

    def __sklearn_clone__(self):
        return Spy(self.log)

    def fit(self, X, y=None):
        self.log.append(("fit", set(X[:, 0].astype(int))))
        return self

    def transform(self, X):
        self.log.append(("transform", set(X[:, 0].astype(int))))
        return X


@every_booster
@pytest.mark.parametrize("refit", [True, False])
def test_no_step_learns_from_a_validation_row(binary, booster, refit):
    X, y = binary
    X = np.column_stack([np.arange(len(X)), X])
    log = []
    pipeline = make_pipeline(StandardScaler(with_mean=False, with_std=False), Spy(log), booster)
    EarlyStoppingClassifier(
        pipeline, n_iter_no_change=5, max_iter=300, refit=refit, random_state=0
    ).fit(X, y)
    (first, trained), (_, also), (second, validated) = log[:3]
    assert (first, second) == ("fit", "transform")
    assert trained == also
    assert not trained & validated
    assert len(validated) == 60
    assert trained | validated == set(range(len(X)))
    fits = [rows for call, rows in log if call == "fit"]
    if refit:
        assert fits[-1] == set(range(len(X)))
    else:
        assert all(rows == trained for rows in fits)


def test_groups_and_time(binary):
    X, y = binary
    X = np.column_stack([np.arange(len(X)), X])
    groups = np.repeat(np.arange(60), 10)
    booster = CLASSIFIERS["lightgbm"]

    def seen(stop, **params):
        log = []
        stop.set_params(estimator=make_pipeline(Spy(log), booster), n_iter_no_change=5).fit(
            X, y, **params
        )
        return np.array(sorted(log[0][1])), np.array(sorted(log[2][1]))

    train, validation = seen(EarlyStoppingClassifier(None, random_state=0), groups=groups)
    assert not set(groups[train]) & set(groups[validation])
    train, validation = seen(EarlyStoppingClassifier(None, shuffle=False))
    assert train.max() < validation.min()
    train, validation = seen(EarlyStoppingClassifier(None, cv=TimeSeriesSplit(4)))
    assert len(validation) == 120
    assert train.max() < validation.min() == 480


def test_a_fit_that_does_not_stop_says_so(binary):
    X, y = binary
    stop = EarlyStoppingClassifier(CLASSIFIERS["lightgbm"], max_iter=3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="did not stop within 3 rounds.*Raise max_iter"):
        stop.fit(X, y)
    own = clone(CLASSIFIERS["lightgbm"]).set_params(n_estimators=4)
    with pytest.warns(ConvergenceWarning, match="within 4 rounds"):
        EarlyStoppingClassifier(own, max_iter=None, random_state=0).fit(X, y)


def test_weights_of_zero_are_refused(binary):
    X, y = binary
    with pytest.raises(ValueError, match="weights are zero"):
        EarlyStoppingClassifier(CLASSIFIERS["xgboost"]).fit(X, y, sample_weight=np.zeros(len(X)))


@pytest.mark.parametrize("metric", ["None", "custom"])
def test_a_booster_that_evaluates_nothing_is_refused(binary, metric):
    booster = clone(CLASSIFIERS["lightgbm"]).set_params(metric=metric)
    with pytest.raises(ValueError, match="evaluates no metric"):
        EarlyStoppingClassifier(booster, random_state=0).fit(*binary)


def test_xgboost_without_its_default_metric_is_refused(binary):
    booster = clone(CLASSIFIERS["xgboost"]).set_params(
        eval_metric=None, disable_default_eval_metric=True
    )
    with pytest.raises(ValueError, match=r"evaluates no metric.*`eval_metric`"):
        EarlyStoppingClassifier(booster, random_state=0).fit(*binary)
