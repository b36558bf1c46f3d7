import errno
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skcook.batch import _sinks
from skcook.batch._batch_errors import BatchError, SinkError
from skcook.batch._sinks import PartResult, Sink

JOB = {"model": "abc", "input": ["in.csv"]}


def table(*values):
    return pa.table({"id": list(values), "a name,\nin two lines": [f"v{v}" for v in values]})


def sink_in(folder, name="out.csv"):
    sink = Sink(folder / name, folder / "out.rejects.jsonl")
    sink.start(JOB, resume=False, overwrite=False)
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
    assert not sink.work.exists()


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
    (tmp_path / "out.csv").write_text("precious")
    sink = Sink(tmp_path / "out.csv", tmp_path / "r.jsonl")
    with pytest.raises(BatchError, match=r"exists\. Pass --overwrite"):
        sink.start(JOB, resume=False, overwrite=False)
    sink.start(JOB, resume=False, overwrite=True)
    assert (tmp_path / "out.csv").read_text() == "precious"  # until the new one is whole


def test_an_unfinished_run_is_gone_on_with_or_thrown_away(tmp_path):
    first = sink_in(tmp_path)
    first.write_part("00000-00000", [table(1)], 1, [])
    again = Sink(first.output, first.rejects)
    with pytest.raises(BatchError, match="unfinished run"):
        again.start(JOB, resume=False, overwrite=False)
    again.start(JOB, resume=True, overwrite=False)
    assert set(again.done()) == {"00000-00000"}
    with pytest.raises(BatchError, match="was another one: input, model differ"):
        again.start({"model": "x", "input": []}, resume=True, overwrite=False)
    again.start(JOB, resume=False, overwrite=True)
    assert again.done() == {}


def test_a_part_without_its_mark_does_not_count(tmp_path):
    sink = sink_in(tmp_path)
    sink.write_part("00000-00000", [table(1)], 1, [])
    (sink.work / "00000-00000.done").unlink()
    assert sink.done() == {}


def test_a_full_disk_leaves_nothing_that_looks_finished(tmp_path, monkeypatch):
    sink = sink_in(tmp_path)
    sink.write_part("00000-00000", [table(1)], 1, [])

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_sinks, "_write_tables", full)
    with pytest.raises(SinkError, match=r"No space left on device.*--resume"):
        sink.write_part("00000-00001", [table(2)], 1, [])
    assert set(sink.done()) == {"00000-00000"}
    monkeypatch.setattr(_sinks, "_assemble", full)
    with pytest.raises(SinkError, match=r"No space left on device.*--resume"):
        sink.finish(["00000-00000"])
    assert not sink.output.exists()


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(BatchError, match=r"'\.xls' names no format"):
        Sink(tmp_path / "out.xls", tmp_path / "r.jsonl")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    sink = Sink(tmp_path / "file" / "out.csv", tmp_path / "r.jsonl")
    with pytest.raises(SinkError, match="cannot be written"):
        sink.start(JOB, resume=False, overwrite=False)
