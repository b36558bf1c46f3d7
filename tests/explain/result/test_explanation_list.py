import json
import pickle
from itertools import combinations

import numpy as np
import pytest

from skcook.explain import Explanation, Explanations, TabularExplainer
from skcook.explain.result._explanation import Feature
from skcook.explain.result._explanation_list import pick_rows


def test_it_is_a_sequence(small):
    assert len(small) == 4
    assert isinstance(small[0], Explanation)
    assert isinstance(small[1:3], Explanations)
    assert [item.target for item in small[1:3]] == ["no", "yes"]
    assert small[:2] + small[2:] == small
    assert next(reversed(small)) == small[3]
    assert not Explanations()


def test_it_pickles(explanations):
    assert pickle.loads(pickle.dumps(explanations)) == explanations


def test_tidy_frame(small):
    frame = small.to_frame()
    assert list(frame) == ["row", "target", "feature", "value", "rule", "weight", "std_error"]
    assert len(frame) == 8
    assert frame["weight"].dtype == "float64"
    assert frame["value"].tolist()[:2] == [None, 41]


def test_empty_frame_has_the_columns():
    assert list(Explanations().to_frame()) == [
        "row", "target", "feature", "value", "rule", "weight", "std_error",
    ]  # fmt: skip


def test_json_round_trip(explanations):
    assert json.loads(explanations.to_json()) == explanations.to_dict()


def test_page_is_written(small, tmp_path):
    html = small.to_html(tmp_path / "page.html", title="Why")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == html


def test_pick_shows_each_class(forest, penguins):
    X, _ = penguins
    explained = TabularExplainer(forest, n_samples=512, random_state=0).fit(X).explain(X)
    assert {item.target for item in explained.pick(3)} == set(forest.classes_)


def test_pick_covers_what_others_leave(explanations):
    picked = explanations.pick(3)
    assert len(picked) == 3
    assert all(item in explanations for item in picked)
    assert explanations.pick(3) == picked
    assert explanations.pick(3, random_state=1) == explanations.pick(3, random_state=1)
    assert len(explanations.pick(10_000)) == len(explanations)
    with pytest.raises(ValueError, match="at least 1"):
        explanations.pick(0)


def test_features_that_were_seen_count_for_nothing():
    def one(row, **weights):
        features = [Feature(name, 1, name, weight, 0.0) for name, weight in weights.items()]
        return Explanation(
            kind="tabular", row=row, target="yes", prediction=1.0, local_prediction=1.0,
            intercept=0.0, r2=1.0, features=features,
        )  # fmt: skip

    both = Explanations([one(0, age=0.9), one(1, age=0.1, size=0.2)])
    assert both.pick(1, seen=["size"])[0].row == 0
    assert both.pick(1, seen=["age"])[0].row == 1
    assert len(both.pick(2, seen=["age", "size"])) == 2


def test_a_row_that_repeats_is_picked_last():
    importance = np.array([[3.0, 0, 0, 0], [3, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1.5]])
    assert pick_rows(importance, 4) == [0, 2, 3, 1]


def test_greedy_is_within_its_bound():
    rng = np.random.default_rng(0)
    importance = rng.random((8, 6)) * (rng.random((8, 6)) < 0.3)
    gain = np.sqrt(importance.sum(axis=0))
    shown = importance / importance.max(axis=0)

    def covered(rows):
        return (shown[list(rows)].max(axis=0) * gain).sum()

    best = max(covered(rows) for rows in combinations(range(8), 3))
    assert covered(pick_rows(importance, 3)) >= (1 - 1 / np.e) * best
