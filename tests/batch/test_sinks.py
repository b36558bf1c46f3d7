import errno
import json
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skcook.batch import _sinks
from skcook.batch._job import BatchError, Job, SinkError
from skcook.batch._sinks import MARKER, Sink
from skcook.batch._work_folder import PartResult, places_of

JOB = {"model": "abc", "input": ["in.csv"], "skcook": "1"}


def table(*values):
    return pa.table({"id": list(values), "a name,\nin two lines": [f"v{v}" for v in values]})


def places(output):
    return places_of(Job("memory://m", "memory://in", output), output)


def sink_in(folder, name="out.csv", *, overwrite=False):
    sink = Sink(places(folder / name), overwrite=overwrite)
    sink.start(JOB, resume=False)
    return sink


READ = {
    "out.csv": pd.read_csv,
    "out.parquet": pd.read_parquet,
    "out.jsonl": lambda path: pd.read_json(path, lines=True),
    "folder": pd.read_parquet,
}


@pytest.mark.parametrize("name", READ)
def test_parts_become_one_output_in_order(tmp_path, name):
    sink = sink_in(tmp_path, name)
    assert sink.write_part("00000-00001", [table(3), table(4, 5)], 3, []) == PartResult(3, 0)
    sink.write_part("00000-00000", [table(1, 2)], 2, [{"row": 7}])
    assert not sink.output.exists()
    assert sink.done() == {"00000-00000": PartResult(2, 1), "00000-00001": PartResult(3, 0)}
    sink.finish(["00000-00000", "00000-00001"])
    assert READ[name](sink.output)["id"].tolist() == [1, 2, 3, 4, 5]
    assert json.loads(sink.rejects.read_text()) == {"row": 7}
    assert not sink.work.path.exists()


@pytest.mark.parametrize("name", ["out.parquet", "folder"])
def test_categories_may_differ_from_batch_to_batch(tmp_path, name):
    def coded(*words):
        return pa.table({"id": pa.array(words).dictionary_encode()})

    sink = sink_in(tmp_path, name)
    sink.write_part("00000-00000", [coded("a", "b"), coded("c", None)], 4, [])
    sink.write_part("00000-00001", [coded("d", "a")], 2, [])
    sink.finish(["00000-00000", "00000-00001"])
    words = pq.read_table(sink.output).column("id").to_pylist()
    assert words == ["a", "b", "c", None, "d", "a"]


def test_without_rejects_there_is_no_rejects_file(tmp_path):
    sink = sink_in(tmp_path)
    sink.write_part("00000-00000", [table(1)], 1, [])
    sink.finish(["00000-00000"])
    assert not sink.rejects.exists()


def test_an_output_in_the_way_is_kept_unless_told_otherwise(tmp_path):
    (tmp_path / "out.csv").write_text("prediction\n1\n")
    with pytest.raises(BatchError, match=r"exists\. Pass --overwrite"):
        sink_in(tmp_path)
    sink_in(tmp_path, overwrite=True)
    assert (tmp_path / "out.csv").read_text() == "prediction\n1\n"  # until the new one is whole


def test_an_output_that_appears_while_the_run_works_is_kept(tmp_path):
    sink = sink_in(tmp_path)
    sink.write_part("00000-00000", [table(1)], 1, [])
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(BatchError, match="appeared while the run worked"):
        sink.finish(["00000-00000"])
    assert (tmp_path / "out.csv").read_text() == "precious"
    again = Sink(sink.places, overwrite=True)
    with pytest.raises(BatchError, match="did not write: it has no column of scores"):
        again.start(JOB, resume=True)
    (tmp_path / "out.csv").write_text("prediction\n")
    again.start(JOB, resume=True)
    again.finish(["00000-00000"])
    assert len(pd.read_csv(again.output)) == 1


def test_an_unfinished_run_is_gone_on_with_or_thrown_away(tmp_path):
    first = sink_in(tmp_path)
    first.write_part("00000-00000", [table(1)], 1, [])
    again = Sink(first.places)
    with pytest.raises(BatchError, match="unfinished run"):
        again.start(JOB, resume=False)
    again.start(JOB, resume=True)
    assert set(again.done()) == {"00000-00000"}
    with pytest.raises(BatchError, match="was another one: input, model differ"):
        again.start({**JOB, "model": "x", "input": []}, resume=True)
    again = Sink(first.places, overwrite=True)
    again.start(JOB, resume=False)
    assert again.done() == {}


def test_a_folder_is_replaced_only_if_it_is_one_of_scores(tmp_path):
    for number in (1, 2):
        sink = sink_in(tmp_path, "folder", overwrite=number == 2)
        sink.write_part("00000-00000", [table(number)], 1, [])
        sink.finish(["00000-00000"])
    folder = tmp_path / "folder"
    assert pd.read_parquet(folder)["id"].tolist() == [2]
    assert sorted(item.name for item in folder.iterdir()) == [MARKER, "part-00000-00000.parquet"]
    (folder / "thesis.txt").write_text("precious")
    with pytest.raises(BatchError, match=r"did not write: it holds 'thesis\.txt'"):
        sink_in(tmp_path, "folder", overwrite=True)
    assert (folder / "thesis.txt").read_text() == "precious"


FOREIGN = {
    "words": ("out.csv", b"precious"),
    "rows": ("out.csv", b"id,predictions\n1,2\n"),
    "bytes": ("out.csv", bytes(range(256))),
    "no parquet": ("out.parquet", b"PAR1 precious PAR1"),
    "no JSON": ("out.jsonl", b"prediction"),
    "rows of JSON": ("out.jsonl", b'{"id": 1}\n'),
    "no object": ("out.jsonl", b"1\n"),
    "notes for rejects": ("out.csv.rejects.jsonl", b"precious"),
    "rows for rejects": ("out.csv.rejects.jsonl", b'{"row": 1}\n'),
}


@pytest.mark.parametrize(("name", "data"), FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_is_replaced_only_if_it_is_one_of_scores(tmp_path, name, data, overwrite):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BatchError, match=r"did not write: it has no .*remove it yourself"):
        sink_in(tmp_path, name.removesuffix(".rejects.jsonl"), overwrite=overwrite)
    assert (tmp_path / name).read_bytes() == data
    (tmp_path / name).write_bytes(b"")
    sink_in(tmp_path, name.removesuffix(".rejects.jsonl"), overwrite=True)


@pytest.mark.parametrize("name", ["out.parquet", "folder", "out.csv", "out.jsonl"])
def test_what_a_run_wrote_is_replaced(tmp_path, name):
    scores = pa.table({"id": [1], 'a,\n"b': ["x"], "probability_no\nway": [0.5]})
    for _ in range(2):
        sink = sink_in(tmp_path, name, overwrite=True)
        sink.write_part("00000-00000", [scores], 1, [{"file": "x", "row": 0, "problems": []}])
        sink.finish(["00000-00000"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe with a name")
def test_a_pipe_is_no_output(tmp_path):
    os.mkfifo(tmp_path / "out.csv")
    with pytest.raises(BatchError, match="neither a file nor a folder"):
        sink_in(tmp_path, overwrite=True)


@pytest.mark.parametrize("name", ["out.parquet", "folder", "out.csv", "out.jsonl"])
def test_a_missing_value_has_no_type_of_its_own(tmp_path, name):
    sink = sink_in(tmp_path, name)
    sink.write_part("00000-00000", [pa.table({"id": pa.nulls(2)})], 2, [])
    sink.write_part("00000-00001", [pa.table({"id": [3]})], 1, [])
    sink.finish(["00000-00000", "00000-00001"])
    read = {**READ, "out.csv": lambda path: pd.read_csv(path, skip_blank_lines=False)}
    assert read[name](sink.output)["id"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize("name", ["out.parquet", "folder"])
def test_values_of_json_that_change_their_type_become_text(tmp_path, name):
    sink = sink_in(tmp_path, name)
    sink.mixed_as_text = True
    sink.write_part("00000-00000", [pa.table({"id": [1]}), pa.table({"id": [[2]]})], 2, [])
    sink.write_part("00000-00001", [pa.table({"id": ["b"]})], 1, [])
    sink.write_part("00000-00002", [pa.table({"id": [7]})], 1, [])
    sink.finish(["00000-00000", "00000-00001", "00000-00002"])
    assert READ[name](sink.output)["id"].tolist() == ["1", "[2]", "b", "7"]


def test_answers_with_other_columns_in_other_parts_are_refused(tmp_path):
    for name in ("out.csv", "out.parquet", "folder"):
        sink = sink_in(tmp_path, name)
        sink.write_part("00000-00000", [pa.table({"a": [1]})], 1, [])
        sink.write_part("00000-00001", [pa.table({"b": [1]})], 1, [])
        with pytest.raises(SinkError, match="other columns in some rows than in others"):
            sink.finish(["00000-00000", "00000-00001"])


def test_a_part_without_its_mark_does_not_count(tmp_path):
    sink = sink_in(tmp_path)
    sink.write_part("00000-00000", [table(1)], 1, [])
    sink.work.part_path("00000-00000", "done").unlink()
    assert sink.done() == {}


def test_a_full_disk_leaves_nothing_that_looks_finished(tmp_path, monkeypatch):
    sink = sink_in(tmp_path)
    sink.write_part("00000-00000", [table(1)], 1, [])

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_sinks, "write_tables", full)
    with pytest.raises(SinkError, match=r"No space left on device.*--resume"):
        sink.write_part("00000-00001", [table(2)], 1, [])
    assert set(sink.done()) == {"00000-00000"}
    monkeypatch.setattr(_sinks, "assemble", full)
    with pytest.raises(SinkError, match=r"No space left on device.*--resume"):
        sink.finish(["00000-00000"])
    assert not sink.output.exists()


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(BatchError, match=r"'\.xls' names no format"):
        sink_in(tmp_path, "out.xls")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    sink = Sink(places(tmp_path / "out.csv"))
    tmp_path.rmdir()
    with pytest.raises(SinkError, match="cannot be written"):
        sink.start(JOB, resume=False)


@pytest.mark.parametrize("escape", [True, False], ids=["escaped", "as they are"])
def test_no_cell_of_csv_becomes_a_formula(tmp_path, escape):
    cells = ["=HYPERLINK(1)", "-2+3", "-1.5", "a=b", None, "", "@x"]
    table = pa.table({"=name": cells, "n": [-1.0] * 7, "lists": [["=1"]] * 7})
    sink = Sink(places(tmp_path / "out.csv"), escape=escape)
    sink.start(JOB, resume=False)
    sink.write_part("00000-00000", [table], 7, [])
    sink.finish(["00000-00000"])
    found = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    mark = "'" if escape else ""
    assert found.columns.tolist() == [f"{mark}=name", "n", "lists"]
    expected = [f"{mark}=HYPERLINK(1)", f"{mark}-2+3", "-1.5", "a=b", "", "", f"{mark}@x"]
    assert found.iloc[:, 0].tolist() == expected
    assert found.iloc[0, 1:].tolist() == ["-1", '["=1"]']


def test_other_formats_hold_formulas_as_they_came(tmp_path):
    for name in ("out.parquet", "out.jsonl"):
        sink = sink_in(tmp_path, name)
        sink.write_part("00000-00000", [pa.table({"a": ["=1"]})], 1, [])
        sink.finish(["00000-00000"])
        assert READ[name](sink.output)["a"].tolist() == ["=1"]


KEPT = {
    "list": (pa.array([[1.0, np.nan]]), [1.0, None]),
    "structure": (pa.array([{"a": np.inf}]), {"a": None}),
    "bytes": (pa.array([b"a"]), "a"),
    "large bytes": (pa.array([b"a\xff"], pa.large_binary()), "a\ufffd"),
    "bytes as codes": (pa.array([b"\xff"]).dictionary_encode(), "\ufffd"),
    "view": (pa.array(["a"], pa.string_view()), "a"),
}


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
@pytest.mark.parametrize("kind", KEPT)
def test_a_kept_value_of_any_type_is_written_as_text(tmp_path, kind, name):
    values, expected = KEPT[kind]
    sink = sink_in(tmp_path, name)
    sink.write_part("00000-00000", [pa.table({"kept": values, "n": [1]})], 1, [])
    sink.finish(["00000-00000"])
    if name == "out.csv":
        (found,) = pd.read_csv(sink.output)["kept"]
        found = found if isinstance(expected, str) else json.loads(found)
    else:
        found = json.loads(sink.output.read_text(), parse_constant=pytest.fail)["kept"]
    assert found == expected


@pytest.mark.parametrize("values", [["a", None, "b"], [1.5, None, 2.5], [None, None, None]])
def test_a_row_without_a_value_is_a_row_of_csv(tmp_path, values):
    sink = sink_in(tmp_path, "out.csv")
    sink.write_part("00000-00000", [pa.table({"prediction": values})], 3, [])
    sink.finish(["00000-00000"])
    found = pd.read_csv(sink.output)["prediction"]
    assert [None if pd.isna(value) else value for value in found] == values
