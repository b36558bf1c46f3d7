"""Whatever a user gives, skcook-score ends with a documented exit code and one sentence."""

import gzip
import json
import os
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skcook.batch._score_command import main

#: Of the input: the file's name and its bytes, and the exit codes that may come.
FILES = {
    "nothing": ("in.csv", b"", 4),
    "a blank line": ("in.csv", b"\n", 4),
    "blanks": ("in.csv", b"   \n  \n", 4),
    "NUL bytes": ("in.csv", bytes(100), 4),
    "random bytes": ("in.csv", bytes(range(256)) * 4, 4),
    "a picture": ("in.csv", b"\x89PNG\r\n\x1a\n" + bytes(50), 4),
    "other columns": ("in.csv", b"a,b\n1,2\n", 4),
    "a ragged line": ("in.csv", b"a,b\n1\n", 4),
    "an open quote": ("in.csv", b'a,b\n"1,2\n', 4),
    "JSON called CSV": ("in.csv", b'{"a": 1}\n', 4),
    "an unknown ending": ("in.xlsx", b"PK", 4),
    "no ending": ("in", b"a\n1\n", 4),
    "gzip that is none": ("in.csv.gz", b"a,b\n1,2\n", 4),
    "gzip cut off": ("in.csv.gz", gzip.compress(b"a,b\n1,2\n" * 100)[:-20], 4),
    "Parquet packed by gzip": ("in.parquet.gz", gzip.compress(b"PAR1"), 4),
    "Parquet that is none": ("in.parquet", b"PAR1" + bytes(50), 4),
    "half a mark of Parquet": ("in.parquet", b"PA", 4),
    "an empty Parquet file": ("in.parquet", b"", 4),
    "half a line of JSON": ("in.jsonl", b'{"a": 1', 4),
    "deep JSON": ("in.jsonl", b"[" * 100_000, 4),
    "a long number": ("in.jsonl", b'{"body_mass_g": ' + b"9" * 5000 + b"}", 4),
    "a name twice": ("in.jsonl", b'{"a": 1, "a": 2}', 4),
    "a name twice, after a blank": ("in.jsonl", b'{"a": 1, "a" : 2}', 4),
    "a name twice, inside": ("in.jsonl", b'{"a": {"b": ":", "b"\t: 2}}', 4),
    "no UTF-8": ("in.jsonl", b'{"a": "\xff"}', 4),
    "a list": ("in.jsonl", b"[1, 2]\n", 1),
    "a number": ("in.jsonl", b"7\n", 1),
    "null": ("in.jsonl", b"null\n", 1),
    "an empty object": ("in.jsonl", b"{}\n", 1),
    "half a character": ("in.jsonl", b'{"island": "\\ud800"}\n', 1),
    "not a number": ("in.jsonl", b'{"body_mass_g": NaN}\n', 1),
}
#: Cells of one row that do not fit, with the column that is named.
CELLS = {
    "a word": ("body_mass_g", "heavy"),
    "nothing": ("body_mass_g", ""),
    "infinity": ("body_mass_g", "Infinity"),
    "another NaN": ("body_mass_g", "-nan"),
    "beyond all": ("body_mass_g", "1e400"),
    "many digits": ("body_mass_g", "9" * 5000),
    "digits of another script": ("body_mass_g", "٤٥"),
    "an underscore": ("body_mass_g", "4_500"),
    "hexadecimal": ("body_mass_g", "0x10"),
    "two points": ("body_mass_g", "1.2.3"),
    "a formula": ("body_mass_g", "=1+1"),
}
OPTIONS = {
    "no such output": (["--output", "magic"], 2),
    "a method that is not there": (["--output", "transform"], 2),
    "no rows at once": (["--batch-rows", "0"], 2),
    "fewer than none": (["--explain", "-3"], 2),
    "no recommender": (["--output", "", "--recommend", "3"], 2),
    "items of no recommender": (["--output", "", "--similar", "3"], 2),
    "recommendations beside scores": (["--output", "predict", "--recommend", "3"], 2),
    "a column that is not there": (["--keep", "nothing"], 4),
    "a long delimiter": (["--delimiter", "::"], 2),
    "an unknown encoding": (["--encoding", "klingon"], 4),
    "another format": (["--input-format", "parquet"], 4),
    "rejects over the key": (["--verify-key", "short.pem", "--rejects", "short.pem"], 2),
    "rejects with a NUL": (["--rejects", "a\0b"], 2),
    "a key with a NUL": (["--verify-key", "a\0b"], 2),
    "a long name": (["--rejects", "x" * 5000], 2),
    "rejects in no folder": (["--rejects", "absent/bad.jsonl"], 2),
    "a scheduler without Dask": (["--scheduler", "tcp://x:1"], 2),
    "a key that is not there": (["--verify-key", "absent.pem"], 2),
    "a key that is short": (["--verify-key", "short.pem"], 2),
    "nothing to go on with": (["--resume", "--keep", "nothing"], 4),
}
OUTPUTS = {
    "another ending": ("out.xls", 2),
    "no folder": ("absent/out.csv", 2),
    "a folder of others": ("full", 2),
    "this folder": (".", 2),
    "a NUL": ("a\0b.csv", 2),
    "an unknown store": ("klingon://bucket/out.csv", 2),
}
MODELS = {
    "absent": (None, 2),
    "empty": (b"", 2),
    "a pickle": (b"\x80\x04.", 2),
    "a zip": ("zip", 2),
    "cut off": ("cut", 2),
}


def end(capsys, arguments):
    """Run the command; return its exit code, once it is sure that it only said a sentence."""
    code = main([*map(str, arguments), "--quiet"])
    shown = capsys.readouterr()
    assert shown.out == ""
    if code not in (0, 3):
        assert shown.err.startswith("skcook-score: ")
        assert "Traceback" not in shown.err
        assert shown.err.rstrip("\n").isprintable()
    return code


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    (tmp_path / "short.pem").write_text("short")
    return tmp_path


@pytest.mark.parametrize(("name", "data", "code"), FILES.values(), ids=FILES.keys())
def test_files(name, data, code, here, saved, capsys):
    (here / name).write_bytes(data)
    assert end(capsys, [saved.path, name, "out.csv"]) == code
    assert not (here / "out.csv").exists()


@pytest.mark.parametrize(("column", "cell"), CELLS.values(), ids=CELLS.keys())
def test_cells(column, cell, here, saved, penguin_rows, capsys):
    rows = penguin_rows.head(3).astype(object)
    rows.loc[1, column] = cell
    rows.to_csv(here / "in.csv", index=False)
    assert end(capsys, [saved.path, "in.csv", "out.csv"]) == 1
    # The run that stopped had nothing to go on with, so it is not in the way.
    options = ["--on-bad-rows", "reject"]
    assert end(capsys, [saved.path, "in.csv", "out.csv", *options]) == 3
    (reject,) = map(json.loads, (here / "out.csv.rejects.jsonl").read_text().splitlines())
    assert (reject["row"], reject["problems"][0]["column"]) == (1, column)
    assert len(pd.read_csv(here / "out.csv")) == 2


@pytest.mark.parametrize(("options", "code"), OPTIONS.values(), ids=OPTIONS.keys())
def test_options(options, code, here, saved, penguin_rows, capsys):
    penguin_rows.head(3).to_csv(here / "in.csv", index=False)
    assert end(capsys, [saved.path, "in.csv", "out.csv", *options]) == code


@pytest.mark.parametrize(("output", "code"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_outputs(output, code, here, saved, penguin_rows, capsys):
    penguin_rows.head(3).to_csv(here / "in.csv", index=False)
    assert end(capsys, [saved.path, "in.csv", output, "--overwrite"]) == code
    assert (here / "full" / "thesis.txt").read_text() == "precious"
    assert len(pd.read_csv(here / "in.csv")) == 3


@pytest.mark.parametrize(("data", "code"), MODELS.values(), ids=MODELS.keys())
def test_models(data, code, here, saved, penguin_rows, capsys):
    penguin_rows.head(3).to_csv(here / "in.csv", index=False)
    if data == "zip":
        with zipfile.ZipFile(here / "m.skcook", "w") as archive:
            archive.writestr("a", "b")
    elif data is not None:
        data = saved.path.read_bytes()[:-100] if data == "cut" else data
        (here / "m.skcook").write_bytes(data)
    assert end(capsys, ["m.skcook", "in.csv", "out.csv"]) == code


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(here, saved, penguin_rows, capsys):
    penguin_rows.head(3).to_csv(here / "in.csv", index=False)
    (here / "full").chmod(0o500)
    assert end(capsys, [saved.path, "in.csv", "full/out.csv"]) == 4


def test_types_that_no_row_has(here, saved, penguin_rows, capsys):
    table = pa.Table.from_pandas(penguin_rows.head(2))
    place = table.schema.get_field_index("body_mass_g")
    for values in ([[1], [2]], [{"a": 1}, None], [b"1", b"2"], [None, None], ["1", "2"]):
        pq.write_table(
            table.set_column(place, "body_mass_g", pa.array(values)), here / "in.parquet"
        )
        assert end(capsys, [saved.path, "in.parquet", "out.csv", "--overwrite"]) == 1
