import json
import re
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

import skcook
from skcook.explain import Explanation
from skcook.explain.result._explanation import Feature, Interaction, number

SOURCE = Path(skcook.__file__).parent


def test_a_duration_is_written_in_words_and_kept_as_seconds():
    record = _explanation(features=[Feature("wait", pd.Timedelta("1 days"), "wait", 0.5, 0.1)])
    assert record.to_dict()["features"][0]["value"] == 86400.0
    assert record.value_text(record.features[0]) == "1 days 00:00:00"


def test_features_are_sorted_by_size(small):
    assert [f.feature for f in small[0].features] == ["work", "age"]
    assert small[0].weights.tolist() == [0.3, -0.1]


def test_record_has_the_promised_keys(small):
    record = small[0].to_dict()
    assert list(record) == [
        "kind", "row", "label", "target", "prediction", "local_prediction", "intercept", "others",
        "n_others", "rest", "output_sd", "r2", "note", "features", "interactions",
    ]  # fmt: skip
    assert record["features"][0] == {
        "feature": "work",
        "value": None,
        "rule": "work is missing",
        "weight": 0.3,
        "std_error": None,
    }


def test_everything_adds_up_to_the_prediction(small, explanations):
    for item in (*small, *explanations):
        total = item.intercept + item.weights.sum() + item.others + item.rest
        assert total == pytest.approx(item.prediction, abs=1e-12)


def _explanation(**changes):
    settings = {
        "kind": "tabular", "row": 0, "target": None, "prediction": 2.0, "local_prediction": 2.0,
        "intercept": 1.0, "r2": 0.1, "features": [Feature("a", 1, "a = 1", 0.75, 0.01)],
        "n_others": 3, "output_sd": 2.0,
    } | changes  # fmt: skip
    return Explanation(**settings)


def test_features_that_are_not_shown_are_summed():
    item = _explanation()
    assert item.others == pytest.approx(0.25)
    assert str(item).splitlines()[-1].split() == ["+0.25", "3", "other", "features"]
    assert item.note is None  # whatever R2 is


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"local_prediction": 1.7}, "0.3 is not explained"),
        ({"local_prediction": 1.85}, None),
        ({"features": [Feature("a", 1, "a = 1", 1.0, 0.9)]}, "weight of a is known only roughly"),
        ({"features": [Feature("a", 1, "a = 1", 1.0, 0.2)]}, None),
        ({"features": [Feature("a", 1, "a = 1", 1.0, float("nan"))]}, None),
        # Without a spread, as in a background of one row, the way from the average counts.
        ({"output_sd": 0.0, "local_prediction": 1.85}, "is not explained"),
        ({"features": [], "n_others": 0}, None),
    ],
    ids=["rest", "small rest", "interval", "small interval", "unknown", "no spread", "nothing"],
)
def test_a_note_says_when_to_read_with_care(changes, words):
    item = _explanation(**changes)
    if words is None:
        assert item.note is None
    else:
        assert words in item.note
        assert item.note in str(item)


def test_pairs_go_into_the_record():
    pair = Interaction(("a", "b"), 0.5, 0.1)
    record = _explanation(interactions=[pair]).to_dict()["interactions"]
    assert record == [{"features": ["a", "b"], "weight": 0.5, "std_error": 0.1}]


def test_pairs_are_named_in_words():
    pair = Interaction(("gain", "age"), 0.5, 0.1)
    assert "+0.5" in str(_explanation(interactions=[pair]))
    assert "of these, gain with age" in str(_explanation(interactions=[pair]))
    frame = _explanation(interactions=[pair]).interactions_frame()
    assert frame.iloc[0].tolist() == [0, None, "gain", "age", 0.5, 0.1]
    assert list(_explanation().interactions_frame()) == list(frame)


def test_one_explanation_has_the_table_the_page_and_the_plot_of_many(small):
    one, many = small[0], small[:1]
    assert one.to_frame().equals(many.to_frame())
    assert one.to_html() == many.to_html()
    assert one._repr_html_() == many._repr_html_()
    assert json.loads(one.to_json()) == json.loads(many.to_json())[0]
    assert len(one.plot()) == 1


def test_a_complete_table_adds_up_to_the_prediction(explanations):
    frame = explanations.to_frame(complete=True)
    total = frame.groupby(["row", "target"], sort=False)["weight"].sum()
    assert total.tolist() == pytest.approx([item.prediction for item in explanations])
    assert set(frame["part"]) == {"intercept", "feature", "others", "rest"}


def test_labels_of_rows_are_told():
    item = _explanation(label="patient 7")
    assert str(item).startswith("patient 7".join(["Row ", ""]))
    assert list(item.to_frame())[:2] == ["row", "label"]
    assert "patient 7" in item.to_html()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.123"), (34400.0, "34,400"), (-0.0, "-0"), (1e-7, "1e-07"), (1e15, "1e+15"),
     (float("nan"), "nan")],
)  # fmt: skip
def test_numbers_are_written_without_exponents(value, text):
    assert number(value) == text


def test_what_a_class_of_number_gets_cannot_be_misread():
    assert str(_explanation(target=0, prediction=1.0)).startswith(
        "Row 0, output 0: the model says 1;"
    )


@pytest.mark.parametrize("kind", Explanation.__subclasses__(), ids=lambda kind: kind.__name__)
def test_a_kind_is_known_to_its_own_file_and_its_explainer_alone(kind):
    """What CONTRIBUTING says of a new kind: nothing else switches on what was explained."""
    name = re.compile(rf"\b(?:class |import .*\b){kind.__name__}\b")
    files = [path for path in SOURCE.rglob("*.py") if name.search(path.read_text())]
    assert len(files) == 3  # and the package's table of contents
    assert {"draw", "picture_html", "picture_dict"} <= vars(kind).keys()
    default = next(field.default for field in fields(kind) if field.name == "kind")
    switch = re.compile(rf"""kind (?:==|!=|in) .*["']{default}["']""")
    readers = [
        p
        for room in ("explain", "review", "serve", "batch")
        for p in SOURCE.glob(f"{room}/**/*.py")
    ]
    assert len(readers) > 50
    # Columns have kinds of their own, in files that know nothing of explanations.
    texts = {path: path.read_text() for path in readers}
    assert not [p for p, text in texts.items() if "explan" in text and switch.search(text)]
