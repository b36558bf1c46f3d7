import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit

from skcook.models._fit_data import validation_split

X = np.arange(40.0).reshape(20, 2)
LABELS = np.repeat(["a", "b"], [14, 6])


def split(y=LABELS, task="classification", fraction=0.2, **params):
    return validation_split(X[: len(y)], y, task=task, fraction=fraction, random_state=0, **params)


def test_classes_are_in_proportion_and_rows_meet_nowhere():
    train, validation = split(fraction=0.5)
    assert sorted([*train, *validation]) == list(range(20))
    assert (LABELS[validation] == "b").sum() == 3


def test_time_order_holds_out_the_last_rows():
    train, validation = split(np.arange(20.0), "regression", shuffle=False)
    assert validation.tolist() == [16, 17, 18, 19]
    assert train.tolist() == list(range(16))


def test_groups_stay_together():
    groups = np.repeat(np.arange(5), 4)
    train, validation = split(np.arange(20.0), "regression", groups=groups)
    assert not set(groups[train]) & set(groups[validation])


@pytest.mark.parametrize(
    ("cv", "groups"),
    [
        (TimeSeriesSplit(4), None),
        (KFold(4), None),
        (GroupKFold(4), np.repeat(np.arange(5), 4)),
        ([(np.arange(10), np.arange(10, 20))], None),
    ],
    ids=["time", "kfold", "groups", "iterable"],
)
def test_any_splitter_gives_its_last_split(cv, groups):
    train, validation = split(np.arange(20.0), "regression", cv=cv, groups=groups)
    expected = cv if isinstance(cv, list) else list(cv.split(X, groups=groups))
    assert train.tolist() == expected[-1][0].tolist()
    assert validation.tolist() == expected[-1][1].tolist()


@pytest.mark.parametrize(
    ("y", "params", "message"),
    [
        (
            np.array(list("abc" * 4)),
            {"fraction": 0.1},
            "leaves 2 for validation and 10 for tr.*3 cl",
        ),
        (np.array(["a", "b"]), {"fraction": 0.9}, "n_samples = 2 leaves 2 for validation"),
        (np.array(list("aaaaaaab")), {"fraction": 0.3}, "Class .*'b'.* has one row"),
        (np.array(list("aaaabbbb")), {"shuffle": False, "fraction": 0.5}, "every row of class"),
        (np.array(list("aaaaaabb")), {"shuffle": False, "fraction": 0.3}, "every row of class"),
        (np.array(list("aaabab")), {"cv": [([0, 1], [0, 1])]}, "one class to train on"),
        (np.array(list("aaabab")), {"cv": [([0, 3], [])]}, "2 rows for training and 0 for"),
    ],
    ids=["fraction", "two rows", "single row", "sorted", "sorted few", "one class", "empty"],
)
def test_splits_that_cannot_work_are_refused(y, params, message):
    if "cv" in params:
        params = {"cv": [tuple(np.array(part, dtype=int) for part in params["cv"][0])]}
    with pytest.raises(ValueError, match=message):
        split(y, **params)
