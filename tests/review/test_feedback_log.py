"""The log of verdicts: what is kept, what a majority makes of it, and what a full disk does."""

import errno
import json
import multiprocessing
import os
import threading

import pytest

from skcook.exceptions import CorrectionError, FeedbackLogError, SkcookWarning
from skcook.review import Corrections
from skcook.review._verdicts import FeedbackLog


def verdict(feature="branch", said="wrong", who="ana", **more):
    return {"verdict": said, "kind": "drop", "feature": feature, "who": who, **more}


@pytest.fixture
def log(tmp_path):
    return FeedbackLog(tmp_path / "verdicts.jsonl")


def test_a_majority_decides(log):
    said = [verdict(row=str(i), said="wrong" if i < 3 else "right") for i in range(5)]
    said += [verdict("age", said="wrong", row="0"), *(
        verdict("age", said="right", row=str(i)) for i in (1, 2)
    )]  # fmt: skip
    log.append(said)
    corrections = Corrections.from_feedback(log.path)
    assert [(c.kind, c.feature, c.votes, c.who) for c in corrections] == [
        ("drop", "branch", (3, 5), "ana")
    ]
    assert not Corrections.from_feedback(log.path, min_share=0.6)
    assert not Corrections.from_feedback(log.path, min_votes=6)
    with pytest.raises(CorrectionError, match="min_share"):
        Corrections.from_feedback(log.path, min_share=1.0)


def test_the_last_word_of_a_person_on_a_row_counts(log):
    log.append([verdict(row="1"), verdict(row="1", said="right")])
    assert not Corrections.from_feedback(log.path)
    log.append([verdict(row="1", who="ben"), verdict(row="2", who="ben")])
    assert Corrections.from_feedback(log.path)[0].votes == (2, 3)
    assert not Corrections.from_feedback(log.path, who="ana")
    assert Corrections.from_feedback(log.path, who=["ben"])[0].who == "ben"


def test_a_verdict_is_taken_back_by_its_author_alone(log):
    (first,) = log.append([verdict()])
    log.append([{"verdict": "undo", "undoes": first, "who": "ben"}])
    assert len(Corrections.from_feedback(log.path)) == 1
    log.append([{"verdict": "undo", "undoes": first, "who": "ana"}])
    assert not Corrections.from_feedback(log.path)
    assert len(log.read()) == 3, "nothing is ever taken out of the log"


def test_the_wrong_way_becomes_a_direction_against_the_models(log):
    log.append([verdict(said="wrong way", trend="up", target="yes", why="older is safer")])
    (correction,) = Corrections.from_feedback(log.path)
    assert (correction.kind, correction.detail) == ("direction", {"sign": "down", "target": "yes"})
    assert correction.why == "older is safer"


def test_the_wrong_way_without_a_way_is_said_and_left_out(log):
    log.append([verdict(said="wrong way")])
    with pytest.warns(SkcookWarning, match="none says which way"):
        assert not Corrections.from_feedback(log.path)


def test_rows_are_decided_by_majority_as_well(log):
    said = {"verdict": "label", "row": "0a", "label": "no"}
    log.append([{**said, "who": who} for who in ("ana", "ben")])
    log.append([{**said, "who": "eva", "label": "yes"}])
    log.append([{"verdict": "leave out", "row": "0b", "who": "ana"}])
    assert [(c.feature, c.detail) for c in Corrections.from_feedback(log.path)] == [
        ("0a", {"label": "no"}),
        ("0b", {"leave_out": True}),
    ]


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"verdict": "bad"}, "is none of 'right'"),
        ({"verdict": "wrong", "kind": "drop"}, "needs 'feature'"),
        ({"verdict": "wrong", "kind": "merge", "feature": "a"}, "is none of 'drop'"),
        ({"verdict": "wrong way", "kind": "word", "feature": "a"}, "a word is right or wrong"),
        ({"verdict": "wrong", "kind": "pattern", "feature": ".*"}, "Regular expressions"),
        ({"verdict": "label", "row": "a"}, "needs 'label'"),
        (verdict(why="x" * 2001), "2001 characters"),
        (verdict(weight=float("nan")), "finite"),
        (verdict(weight="1"), "weight of a verdict cannot be '1'"),
        (verdict(trend="left"), "neither 'up' nor 'down'"),
        (verdict(wy="typo"), "did you mean 'why'"),
        (["wrong"], "is a record"),
    ],
)
def test_what_is_no_verdict_is_refused_and_nothing_is_written(log, record, says):
    with pytest.raises(CorrectionError, match=says):
        log.append([verdict(), record])
    assert log.read() == []


def test_texts_of_any_kind_survive(log):
    why = 'line\nbreak "quoted" \u2028 \ud800 ñ'
    log.append([verdict(why=why)])
    assert log.read()[0]["why"].startswith('line\nbreak "quoted" \u2028')
    assert len(log.path.read_bytes().splitlines()) >= 1


def test_damaged_lines_are_left_out_and_the_next_line_is_whole(log):
    log.append([verdict()])
    with log.path.open("ab") as file:
        file.write(b'{"half": ')
    log.append([verdict("letter")])
    log.path.write_bytes(log.path.read_bytes() + b"[1]\n{}\n" + b'{"verdict": "wrong"}\n')
    assert [v["feature"] for v in log.read()] == ["branch", "letter"]


def test_a_log_of_the_future_is_refused(log):
    log.path.write_text(json.dumps({"skcook_feedback": 2}) + "\n")
    with pytest.raises(CorrectionError, match="format 2"):
        log.read()


def test_no_log_is_no_verdicts(log):
    assert log.read() == []
    assert Corrections.from_feedback(log.path) == Corrections()


def test_a_full_log_says_so_and_stays_as_it_was(tmp_path):
    log = FeedbackLog(tmp_path / "small.jsonl", max_bytes=300)
    log.append([verdict()])
    before = log.path.read_bytes()
    with pytest.raises(FeedbackLogError, match="is full: it may hold 300 bytes"):
        log.append([verdict()])
    assert log.path.read_bytes() == before
    with pytest.raises(CorrectionError, match="at most 1000"):
        log.append([verdict()] * 1001)


def test_a_full_disk_says_so_and_leaves_no_half_line(log, monkeypatch):
    log.append([verdict()])
    before = log.path.read_bytes()
    write = os.write

    def write_half(handle, data):
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(FeedbackLogError, match="the disk is full") as caught:
        log.append([verdict()])
    assert caught.value.errno == errno.ENOSPC
    assert log.path.read_bytes() == before


def test_a_folder_that_is_absent_is_said(tmp_path):
    with pytest.raises(FeedbackLogError, match="its folder does not exist"):
        FeedbackLog(tmp_path / "none" / "log.jsonl").append([verdict()])


def write_some(path, name, n):
    log = FeedbackLog(path)
    for i in range(n):
        log.append([verdict(f"{name}-{i}")])


def test_writers_in_threads_and_processes_lose_no_line(log):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_some, args=(log.path, f"p{i}", 50)) for i in range(2)]
    writers += [threading.Thread(target=write_some, args=(log.path, f"t{i}", 50)) for i in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = [v["feature"] for v in log.read()]
    assert len(found) == 200
    assert set(found) == {f"{name}-{i}" for name in ("p0", "p1", "t0", "t1") for i in range(50)}


def test_counts_are_per_reason_and_model(log):
    log.append([verdict(row="1", model="adult"), verdict(row="2", said="right", model="adult")])
    log.append([verdict(row="1", model="other")])
    assert log.counts("adult") == [
        {"kind": "drop", "feature": "branch", "column": None, "wrong": 1, "right": 1}
    ]
