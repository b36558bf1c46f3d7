"""Corrections as records: what they hold, what is refused, how they travel."""

import copy
import pickle

import pytest

from skcook.exceptions import CorrectionError
from skcook.review import Corrections

ANA = Corrections().add("drop", "branch", who="ana", why="known only afterwards")
BOTH = (
    ANA.add("word", "host", column="body")
    .add("pattern", "emails")
    .add("merge", "city", levels=["NY", "N.Y."], into="New York")
    .add("ban", "city", levels=["test"])
    .add("direction", "age", sign="up", target="yes")
    .add("row", "0a1b", label="no")
    .add("row", "2c3d", leave_out=True)
)


def test_adding_returns_a_longer_one_and_changes_nothing():
    longer = ANA.add("drop", "letter")
    assert (len(ANA), len(longer)) == (1, 2)


def test_the_same_correction_is_kept_once_with_its_first_author():
    twice = ANA.add("drop", "branch", who="ben")
    assert len(twice) == 1
    assert twice[0].who == "ana"
    assert len(ANA + twice) == 1


@pytest.mark.parametrize("travel", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_copies_are_equal(travel):
    assert travel(BOTH) == BOTH


def test_json_keeps_everything(tmp_path):
    path = tmp_path / "corrections.json"
    assert Corrections.from_json(BOTH.to_json(path)) == BOTH
    assert Corrections.from_json(path) == BOTH
    assert Corrections(BOTH.to_list()) == BOTH


def test_the_table_has_one_line_per_correction():
    frame = BOTH.to_frame()
    assert frame["kind"].tolist()[:2] == ["drop", "word"]
    assert frame["who"].iloc[0] == "ana"
    assert "known only afterwards" in str(BOTH)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"kind": "delete", "feature": "a"}, "is none of 'drop'"),
        ({"kind": "drop"}, "kind and feature"),
        ({"kind": "drop", "feature": 1.5}, "name or a position"),
        ({"kind": "drop", "feature": "a", "because": ""}, "no 'because'"),
        ({"kind": "drop", "feature": "a", "reson": ""}, "has no 'reson'"),
        ({"kind": "drop", "feature": "a", "detail": {"sign": "up"}}, "knows no 'sign'"),
        ({"kind": "direction", "feature": "a", "detail": {"sign": "+"}}, "sign='up' or 'down'"),
        ({"kind": "merge", "feature": "a", "detail": {"levels": ["x"]}}, "needs into"),
        ({"kind": "merge", "feature": "a", "detail": {"levels": "x", "into": "y"}}, "a list"),
        ({"kind": "row", "feature": "a"}, "label, or leave_out"),
        ({"kind": "row", "feature": "a", "detail": {"label": 1, "leave_out": True}}, "label, or"),
        ({"kind": "word", "feature": " "}, "not empty"),
        ({"kind": "pattern", "feature": "(a+)+$"}, "Regular expressions are not taken"),
        (["drop", "a"], "a record with kind"),
    ],
)
def test_what_is_wrong_is_refused_in_words(record, says):
    with pytest.raises(CorrectionError, match=says.replace("(", r"\(").replace("+", r"\+")):
        Corrections([record])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "holds no corrections"),
        ('{"skcook_corrections": 2, "corrections": []}', "format 2"),
        ('{"skcook_corrections": 1, "corrections": [3]}', "a record"),
    ],
)
def test_damaged_json_is_refused(text, says):
    with pytest.raises(CorrectionError, match=says):
        Corrections.from_json(text)


def test_one_record_is_no_list():
    with pytest.raises(CorrectionError, match="a list of records"):
        Corrections({"kind": "drop", "feature": "a"})
