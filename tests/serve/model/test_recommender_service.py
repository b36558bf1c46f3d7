"""What a recommender takes and gives, without HTTP."""

import pytest

from skcook.exceptions import SchemaError
from skcook.recommend import PopularityRecommender
from skcook.serve.model._recommender_service import find_recommender
from tests.serve._helpers import fit_people

X = [["ann", 1], ["bob", 1], ["bob", 2], ["cat", 3], ["cat", 2]]


@pytest.fixture
def recommender():
    import pandas as pd

    pairs = pd.DataFrame(X, columns=["user", "item"])
    return find_recommender(PopularityRecommender().fit(pairs))


def test_only_a_recommender_is_one():
    assert find_recommender(fit_people()) is None


def test_questions_that_are_answered_together_get_what_they_get_alone(recommender):
    questions = [
        recommender.parse("recommend", {"users": users, "k": 2}, 100)
        for users in (["ann", "cat"], ["new"], ["ann", "ann"])
    ]
    alone = [lists for question in questions for lists in recommender.answer([question])]
    assert recommender.answer(questions) == alone
    assert alone[0] == [{"item": 2, "score": 2.0}, {"item": 3, "score": 1.0}]
    assert alone[1] == [{"item": 1, "score": 2.0}], "the rest it has seen"


def test_every_fault_of_a_question_is_named(recommender):
    body = {"users": ["ann", 3, None], "k": 0, "exclude_seen": "no", "z": 1}
    with pytest.raises(SchemaError) as info:
        recommender.parse("recommend", body, 100)
    assert [(p["loc"], p["code"]) for p in info.value.problems] == [
        (["z"], "unknown_member"),
        (["k"], "range"),
        (["exclude_seen"], "type"),
        (["users", 1], "type"),
        (["users", 2], "type"),
    ]
