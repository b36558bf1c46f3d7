import pickle

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.tree import DecisionTreeRegressor

from skcook.models import Leaderboard
from tests.models.board.conftest import QUICK


@pytest.mark.filterwarnings("ignore:The y_prob values do not sum")  # of float32
def test_blend_and_stack_are_estimators_of_scikit_learn(data):
    X, y = data
    board = Leaderboard(models=QUICK, cv=3, verbose=0).fit(X, y)
    blend = board.blend()
    assert isinstance(blend, VotingClassifier)
    assert sum(blend.weights) == pytest.approx(1)
    assert "none" not in dict(blend.estimators)
    with pytest.raises(ValueError, match="at least one model: set top to 1"):
        board.stack(top=0)
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    losses = {
        name: log_loss(y, cross_val_predict(model, X, y, cv=cv, method="predict_proba"))
        for name, model in {**board.models_, "blend": blend}.items()
    }
    assert losses["blend"] <= min(losses.values()) + 1e-6
    stack = board.stack(top=2)
    assert [name for name, _ in stack.estimators] == board.leaderboard_["model"][:2].tolist()
    for model in (blend, stack):
        assert set(model.predict(X)) == {"no", "yes"}
        assert cross_val_score(model, X, y, cv=2).min() > 0.8
    again = pickle.loads(pickle.dumps(board))
    with pytest.raises(ValueError, match="copied or saved has not kept the data"):
        again.blend()


def test_a_stack_keeps_to_the_boards_folds(data):
    X, y = data
    groups = np.arange(len(y)) // 20
    for cv in (3, GroupKFold(3)):
        board = Leaderboard(models=QUICK, cv=cv, verbose=0).fit(X, y, groups=groups)
        for train, test in board.stack(top=2).cv:
            assert not set(groups[train]) & set(groups[test])
    board = Leaderboard(models=QUICK, cv=TimeSeriesSplit(3), verbose=0).fit(X, y)
    assert set(board.blend().predict(X)) == {"no", "yes"}
    with pytest.raises(ValueError, match=r"do not test each row once. Use blend\(\)"):
        board.stack()


def test_blend_of_regressors():
    X, y = load_diabetes(return_X_y=True)
    models = {"line": LinearRegression(), "tree": DecisionTreeRegressor(max_depth=3)}
    board = Leaderboard("regression", models=models, cv=3, verbose=0).fit(X, y)
    assert board.blend().score(X, y) > 0.5
    assert board.stack().score(X, y) > 0.5
    weighed = Leaderboard("regression", models=models, cv=3, verbose=0)
    weighed.fit(X, y, sample_weight=np.ones(len(y)))
    with pytest.raises(ValueError, match="take no weights"):
        weighed.blend()
