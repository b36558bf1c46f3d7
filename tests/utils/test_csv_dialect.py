import gzip

import numpy as np
import pandas as pd
import pytest

from skcook import artifacts, batch
from skcook.batch._job import SourceError
from skcook.utils._csv_dialect import Dialect, sniff

HEADS = {
    "plain": (b"a,b\n1,2.5\n", Dialect()),
    "european": ("Größe;b\n1,5;x\n".encode("cp1252"), Dialect(";", ",", "cp1252")),
    "semicolons, points": (b"a;b\n1.5;x\n", Dialect(";")),
    "thousands": (b"a;b\n1.234,5;x\n", Dialect(";", ",")),
    "thousands beside a comma": (b"n;b\n1.200;1,5\n1.300;2\n", Dialect(";", ",")),
    "points that may mark thousands": (b"n;b\n1.200;x\n", Dialect(";")),
    "dates are no numbers": (b"a;b\n01.02.2024;x\n", Dialect(";")),
    "tabs": (b"a\tb\n1\t2\n", Dialect("\t")),
    "one column": (b"a\n1;5\n2\n", Dialect()),
    "commas in quotes": (b'a;b\n"x, y";1\n', Dialect(";")),
    "utf-8 mark": (b"\xef\xbb\xbfa,b\n1,2\n", Dialect()),
    "utf-16": ("a;b\n1;2\n".encode("utf-16"), Dialect(";", ".", "utf-16")),
    "no character of cp1252": (b"a,b\n\x81,\xe9\n", Dialect(encoding="latin-1")),
    "header alone": (b"a,b\n", Dialect()),
}


@pytest.mark.parametrize(("head", "expected"), HEADS.values(), ids=HEADS.keys())
def test_the_beginning_of_a_file_shows_how_it_is_written(head, expected):
    assert sniff(head, whole=True) == expected


def test_what_is_given_is_not_guessed():
    head = b"a;b\n1,5;2\n"
    assert sniff(head, whole=True, delimiter="|", decimal=".", encoding="latin-1") == Dialect(
        "|", ".", "latin-1"
    )


def test_what_is_unusual_is_told():
    assert Dialect().describe(",") is None
    assert Dialect("\t").describe("\t") is None
    assert Dialect(";", ",", "cp1252").describe(",") == (
        "read with ';' between cells, ',' as the decimal mark, cp1252 as the encoding"
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from sklearn.linear_model import LinearRegression

    X = pd.DataFrame({"größe": np.arange(50.0), "n": np.arange(50) % 3})
    path = tmp_path_factory.mktemp("model") / "m.skcook"
    artifacts.save(LinearRegression().fit(X, X["größe"] * 2), path, X)
    return path


TEXT = "größe;n;wer\n1,5;3;Ännchen\n1.234,5;4;Ben\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("in.csv", TEXT.encode("cp1252")),
        ("in.csv", TEXT.encode("utf-16")),
        ("in.csv.gz", gzip.compress(TEXT.encode())),
        ("in.tsv.gz", gzip.compress(TEXT.replace(";", "\t").encode())),
    ],
    ids=["cp1252", "utf-16", "gz", "tsv.gz"],
)
def test_files_of_a_european_spreadsheet_are_scored(model, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    summary = batch.score(model, tmp_path / name, tmp_path / "out.csv", keep=["wer"])
    scores = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(scores["prediction"], [3.0, 2469.0])
    assert scores["wer"].tolist() == ["Ännchen", "Ben"]
    assert "',' as the decimal mark" in summary.notes[0]


def test_a_point_is_no_decimal_mark_where_a_comma_is(model, tmp_path):
    (tmp_path / "in.csv").write_text("größe;n\n1,5;3\n2,25;1\n1.5;3\n")
    summary = batch.score(model, tmp_path / "in.csv", tmp_path / "out.csv", on_bad_rows="reject")
    assert (summary.rows, summary.rejected) == (2, 1)


def test_an_encoding_that_does_not_fit_ends_with_advice(model, tmp_path):
    (tmp_path / "in.csv").write_bytes(TEXT.encode("cp1252"))
    with pytest.raises(SourceError, match="pass --delimiter, --decimal or --encoding"):
        batch.score(model, tmp_path / "in.csv", tmp_path / "out.csv", encoding="utf8")
    with pytest.raises(SourceError, match="unknown encoding: klingon"):
        batch.score(model, tmp_path / "in.csv", tmp_path / "out.csv", encoding="klingon")


def test_rows_packed_as_json_lines(model, tmp_path):
    packed = gzip.compress('{"größe": 1.5, "n": 3}\n'.encode())
    (tmp_path / "in.jsonl.gz").write_bytes(packed)
    assert batch.score(model, tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl").rows == 1


def test_a_name_that_comes_twice_in_an_object_is_refused(model, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"größe": 1.5, "n": 3, "n": 4}\n')
    with pytest.raises(SourceError, match="line 1: not JSON: the name 'n' comes twice"):
        batch.score(model, tmp_path / "in.jsonl", tmp_path / "out.jsonl")


@pytest.mark.parametrize("cell", ["NAN", "-nan", "Infinity", "nan(1)", "-inf"])
@pytest.mark.parametrize("others", ["", "x,1\n"], ids=["alone", "beside a bad row"])
def test_a_cell_is_read_alike_whatever_is_in_its_batch(tmp_path, cell, others):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    X = pd.DataFrame({"a": [1.0, None, 3.0], "b": [1.0, 2.0, 3.0]})
    artifact = make_pipeline(SimpleImputer(), LinearRegression()).fit(X, [1, 2, 3])
    artifacts.save(artifact, tmp_path / "m.skcook", X)
    (tmp_path / "in.csv").write_text(f"a,b\n1,1\n{cell},1\n{others}")
    summary = batch.score(
        tmp_path / "m.skcook", tmp_path / "in.csv", tmp_path / "out.csv", on_bad_rows="reject"
    )
    assert summary.rows == 1
