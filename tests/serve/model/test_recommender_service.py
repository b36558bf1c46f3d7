"""What a recommender takes and gives, without HTTP."""

import pandas as pd
import pytest

from skcook.exceptions import SchemaError
from skcook.recommend import (
    EASERecommender,
    LightFMRecommender,
    PopularityRecommender,
    SideTable,
)
from skcook.serve.model._recommender_service import find_recommender
from tests.serve._helpers import fit_people

X = [["ann", 1], ["bob", 1], ["bob", 2], ["cat", 3], ["cat", 2]]


@pytest.fixture
def recommender():
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


@pytest.fixture(scope="module")
def models():
    pairs = pd.DataFrame(X, columns=["user", "item"])
    people = pd.DataFrame({"user": ["ann", "bob"], "age": [20, 30]})
    films = pd.DataFrame({"id": [1, 2, 3], "genre": list("aab")})
    hybrid = LightFMRecommender(
        2,
        epochs=1,
        random_state=0,
        user_features=SideTable(people, id="user"),
        item_features=SideTable(films, id="id"),
    )
    found = {"popular": PopularityRecommender(), "ease": EASERecommender(1.0), "lightfm": hybrid}
    return {name: find_recommender(model.fit(pairs)) for name, model in found.items()}


@pytest.mark.parametrize(
    ("name", "body", "loc", "code"),
    [
        ("popular", {"history": [{"user": "a", "items": [1]}]}, ["history"], "unknown_member"),
        ("ease", {"history": {"a": [1]}}, ["history"], "type"),
        ("ease", {"history": [{"user": "a"}]}, ["history", 0], "type"),
        ("ease", {"history": [{"user": 3, "items": [1]}]}, ["history", 0, "user"], "type"),
        ("ease", {"history": [{"user": "a", "items": ["x"]}]}, ["history", 0, "items", 0], "type"),
        ("ease", {"history": [{"user": "a", "items": [1]}] * 2}, ["history", 1, "user"],
         "repeated"),
        ("ease", {"user_features": []}, ["user_features"], "unknown_member"),
        ("ease", {"users": ["ann"], "max_per_category": 1}, ["max_per_category"],
         "unknown_member"),
        ("lightfm", {"users": ["ann"], "max_per_category": 1}, ["categories"], "missing_member"),
        ("lightfm", {"users": ["ann"], "max_per_category": 1, "categories": "age"}, ["categories"],
         "category"),
        ("lightfm", {"users": ["ann"], "candidates": [1, 77]}, ["candidates", 1], "unknown_id"),
        ("lightfm", {"users": ["ann"], "candidates": []}, ["candidates"], "empty"),
        ("lightfm", {"users": ["n"], "user_features": [{"user": "n", "age": "old"}]},
         ["user_features", 0, "age"], "type"),
        ("lightfm", {"users": ["n"], "user_features": [{"user": "n", "size": 1}]},
         ["user_features", 0, "size"], "unknown_member"),
        ("lightfm", {"users": ["n"], "user_features": [{"age": 3}]}, ["user_features", 0, "user"],
         "type"),
        ("lightfm", {"users": ["n"], "user_features": [{"user": "n"}] * 2}, ["user_features"],
         "repeated"),
    ],
)  # fmt: skip
def test_each_fault_of_what_is_told_is_named(models, name, body, loc, code):
    with pytest.raises(SchemaError) as info:
        models[name].parse("recommend", body, 100)
    assert (loc, code) in [(found["loc"], found["code"]) for found in info.value.problems]
