import gzip

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skcook.batch._job import SourceError
from skcook.batch._sources import estimate_rows, open_source, read_batches

FRAME = pd.DataFrame({"a": range(7), "b": [f"w{i}" for i in range(7)]})


def rows_of(batches):
    for batch in batches:
        yield batch if isinstance(batch, list) else batch.to_pylist()


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("batch_rows", [1, 3, 7, 100])
def test_batches_have_the_rows_asked_for_in_order(write, kind, batch_rows):
    (file,) = open_source(write(FRAME, kind))
    batches = list(rows_of(read_batches(file, None, batch_rows)))
    assert [len(batch) for batch in batches[:-1]] == [batch_rows] * (len(batches) - 1)
    assert [int(row["a"]) for batch in batches for row in batch] == list(range(7))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_only_the_columns_asked_for_are_read(write, kind):
    (file,) = open_source(write(FRAME, kind))
    assert file.columns == ("a", "b")
    assert next(read_batches(file, ["b"], 10)).column_names == ["b"]


def test_text_stays_text(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text('zip,name\n00123,"a ""quoted"", name\nof two lines"\n,\n')
    (file,) = open_source(path)
    assert next(read_batches(file, None, 10)).to_pylist() == [
        {"zip": "00123", "name": 'a "quoted", name\nof two lines'},
        {"zip": None, "name": None},
    ]


def test_a_folder_is_read_in_the_order_of_names_with_its_partitions(tmp_path):
    for country in ("fr", "de"):
        folder = tmp_path / "in" / f"country={country}"
        folder.mkdir(parents=True)
        FRAME.to_parquet(folder / "part.parquet")
    (tmp_path / "in" / "_SUCCESS").touch()
    files = open_source(tmp_path / "in")
    assert [file.partition for file in files] == [{"country": "de"}, {"country": "fr"}]
    assert files[0].columns == ("a", "b", "country")
    assert next(read_batches(files[0], ["country", "a"], 2)).to_pylist()[0] == {
        "a": 0,
        "country": "de",
    }


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_names_of_partition_folders_are_read_as_their_writers_wrote_them(write, kind):
    for name in ("where=a%2Fb", "where=__HIVE_DEFAULT_PARTITION__"):
        write(FRAME, kind, f"in/{name}/part")
    root = write(FRAME, kind, "in/where=x=y/part").parents[1]
    found = [
        row["where"]
        for file in open_source(root)
        for rows in rows_of(read_batches(file, ["a", "where"], 100))
        for row in rows
    ]
    assert found == [None] * 7 + ["a/b"] * 7 + ["x=y"] * 7


def test_row_groups_can_be_read_alone(tmp_path):
    pq.write_table(pa.Table.from_pandas(FRAME), tmp_path / "in.parquet", row_group_size=2)
    (file,) = open_source(tmp_path / "in.parquet")
    assert file.n_rows == 7
    batch = next(read_batches(file, ["a"], 10, row_groups=[1, 3]))
    assert batch.column("a").to_pylist() == [2, 3, 6]


def test_a_file_without_rows_has_no_batches(write):
    for kind in ("csv", "parquet", "jsonl"):
        (file,) = open_source(write(FRAME.iloc[:0], kind))
        assert list(read_batches(file, None, 10)) == []


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("in.csv", b"", "is empty; it needs a line of column names"),
        ("in.parquet", b"PAR1 but no more", "cannot be read as parquet"),
        ("in.xlsx", b"PK", "names no known format.*--input-format"),
    ],
    ids=["empty", "damaged", "unknown-format"],
)
def test_what_cannot_be_read_is_named_before_a_row_is(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=expected) as caught:
        open_source(tmp_path / name)
    assert name in str(caught.value)


def test_one_unreadable_file_among_many_is_named(tmp_path, write):
    write(FRAME, "parquet", "in/a")
    (tmp_path / "in" / "b.parquet").write_bytes(gzip.compress(b"not parquet"))
    write(FRAME, "parquet", "in/c")
    with pytest.raises(SourceError, match=r"b\.parquet"):
        open_source(tmp_path / "in")


def test_other_sources_that_are_refused(tmp_path, write):
    with pytest.raises(SourceError, match="no such file"):
        open_source(tmp_path / "absent.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no file"):
        open_source(tmp_path / "empty")
    write(FRAME, "csv", "mixed/a")
    write(FRAME, "parquet", "mixed/b")
    with pytest.raises(SourceError, match=r"mixes formats \(csv, parquet\)"):
        open_source(tmp_path / "mixed")


def test_a_bad_line_is_named_by_its_number(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n')
    (file,) = open_source(path)
    with pytest.raises(SourceError, match="line 3: not JSON"):
        list(read_batches(file, None, 10))


def test_json_lines_may_begin_with_a_mark_of_utf_8(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"a": "ä"}\n{"a": 1}\n', encoding="utf-8-sig")
    (file,) = open_source(path)
    assert list(read_batches(file, None, 10)) == [[{"a": "ä"}, {"a": 1}]]


def test_a_ragged_line_of_csv_is_an_error(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(SourceError, match=r"in\.csv.*cannot be read"):
        list(read_batches(open_source(path)[0], None, 10))


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("n", [0, 7, 200_000], ids=["none", "few", "many"])
def test_rows_are_counted_before_they_are_read(write, kind, n):
    path = write(pd.DataFrame({"a": range(n), "b": "word"}), kind)
    if kind == "jsonl" and n == 0:
        path.write_bytes(b"")
    found = estimate_rows(open_source(path))
    assert found == (n if n < 10 or kind == "parquet" else pytest.approx(n, rel=0.1))


def test_a_changed_file_has_another_signature(write):
    (file,) = open_source(write(FRAME, "csv"))
    before = file.signature()
    with file.path.open("a") as out:
        out.write("8,w8\n")
    assert file.signature() != before
