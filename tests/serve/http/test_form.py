"""A schema becomes fields that a person can fill in."""

import json

import numpy as np
import pandas as pd
import pytest

from skcook.artifacts import Schema
from skcook.recommend import SideTable
from skcook.serve.http._form import MAX_OPTIONS, feature_fields, form_of, nice_step


@pytest.fixture(scope="module")
def fields():
    n = 60
    X = pd.DataFrame(
        {
            "size": np.linspace(32.1, 59.6, n),
            "mass": np.arange(2700, 2700 + 60 * n, 60),
            "constant": np.ones(n),
            "island": (["Biscoe", "Dream", "Torgersen"] * n)[:n],
            "gone": [None, "a"] * (n // 2),
            "many": [f"v{i % (MAX_OPTIONS + 5)}" for i in range(n)],
            "flag": [True, False] * (n // 2),
            "day": pd.date_range("2024-01-01", periods=n),
            "note": [f"a long text, number {i}, " * 20 for i in range(n)],
        }
    )
    example = X.iloc[0].to_dict() | {"day": "2024-01-01", "gone": None}
    return {field.name: field for field in form_of(Schema.capture(X), example)}


@pytest.mark.parametrize(
    ("name", "widget", "kind", "value"),
    [
        ("size", "number", "number", "32.1"),
        ("mass", "number", "number", "2700"),
        ("constant", "number", "number", "1"),
        ("island", "select", "string", "Biscoe"),
        ("gone", "select", "string", ""),
        ("flag", "select", "boolean", "true"),
        ("day", "date", "string", "2024-01-01"),
        ("note", "prose", "string", "a long text, number 0, " * 20),
    ],
)
def test_each_type_has_its_widget(fields, name, widget, kind, value):
    field = fields[name]
    assert (field.widget, field.kind, field.value) == (widget, kind, value)


def test_ids_are_made_of_places_not_of_names(fields):
    assert [field.id for field in fields.values()] == [f"field-{i}" for i in range(len(fields))]


def test_a_slider_covers_what_was_seen_in_round_steps(fields):
    size, mass = fields["size"], fields["mass"]
    assert size.step == 0.2
    assert size.low <= 32.1
    assert size.high >= 59.6
    assert mass.step.is_integer()
    assert mass.low <= 2700
    assert fields["constant"].low is None
    assert size.hint == "seen 32.1 to 59.6"


def test_choices_are_the_categories(fields):
    assert [option.value for option in fields["island"].options] == ["Biscoe", "Dream", "Torgersen"]


def test_only_a_nullable_column_may_be_left_empty(fields):
    assert not fields["gone"].required
    assert fields["island"].required


@pytest.mark.parametrize(
    ("raw", "step"), [(0.011, 0.02), (0.2, 0.2), (0.21, 0.5), (0.6, 1.0), (7, 10.0), (1e-9, 1e-9)]
)
def test_steps_are_round(raw, step):
    assert nice_step(raw) == step


def test_an_image_is_a_field_that_knows_its_size_and_range():
    X = np.random.default_rng(0).integers(3, 200, (20, 6, 5, 3)).astype("uint8")
    (field,) = form_of(Schema.capture(X), {"image": X[0].tolist()})
    assert (field.widget, field.kind, field.shape) == ("image", "array", (6, 5, 3))
    assert (field.low, field.high, field.step) == (X.min(), X.max(), 1.0)
    assert json.loads(field.value) == X[0].tolist()


def test_features_of_a_user_are_fields_that_hold_nothing_yet():
    people = pd.DataFrame(
        {
            "user": range(60),
            "age": [20.5, 70, np.nan] * 20,
            "town": ["x", "y", None] * 20,
            "tags": ["a|b", "b", "c"] * 20,
            "street": [f"s{i}" for i in range(60)],
            "member": [True, None, False] * 20,
            "gone": [None] * 60,
        }
    )
    fields = {field.name: field for field in feature_fields(SideTable(people, id="user"))}
    assert {name: field.widget for name, field in fields.items()} == {
        "age": "number",
        "town": "select",
        "tags": "suggest",
        "street": "suggest",
        "member": "select",
        "gone": "select",
    }
    assert not any(field.value or field.required for field in fields.values())
    assert fields["age"].hint == "seen 20.5 to 70"
    assert fields["tags"].hint == "3 values known, a | between several"
    assert [option.value for option in fields["town"].options] == ["x", "y"]
    assert [option.value for option in fields["member"].options] == ["False", "True"]
