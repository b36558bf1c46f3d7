"""What a Parquet file says of itself is read before any of it is unpacked, and is not believed."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skcook.serve.http._errors import ProblemError
from skcook.serve.http._parquet_body import footer_size, read_parquet, read_sizes
from skcook.serve.model._refusals import TooManyRowsError

MAX_BYTES = 100_000
TABLE = pa.table(
    {
        "n": [1.5, 2.5, None, 4.5],
        "i": [1, 2, 3, 4],
        "s": ["x", "y", None, "x"],
        "l": [[1.0, 2.0], [3.0, 4.0], None, []],
        "b": [True, None, False, True],
    }
)
WRITERS = {
    "plain": {},
    "zstd without dictionaries": {"compression": "zstd", "use_dictionary": False},
    "version 2": {"compression": "gzip", "data_page_version": "2.0"},
    "groups and indices": {"row_group_size": 1, "write_page_index": True},
    "checksums": {"write_page_checksum": True, "compression": "none"},
}


def written(table, **settings):
    out = io.BytesIO()
    pq.write_table(table, out, **settings)
    return out.getvalue()


def varint(number, width=0):
    """Return a number as the footer holds it, in as many bytes as there are to fill."""
    number, out = number << 1, []
    while number >= 128 or len(out) + 1 < width:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def with_small_footer(raw):
    """Return a file whose footer says that it unpacks to little."""
    start = len(raw) - 8 - footer_size(raw)
    true = varint(pq.ParquetFile(io.BytesIO(raw)).metadata.row_group(0).total_byte_size)
    footer = raw[start:-8]
    assert footer.count(true) == 2  # of the group, and of its column
    return raw[:start] + footer.replace(true, varint(1000, len(true))) + raw[-8:]


@pytest.mark.parametrize("settings", WRITERS.values(), ids=WRITERS.keys())
def test_the_sizes_are_those_of_the_footer(settings):
    raw = written(TABLE, **settings)
    footer = pq.ParquetFile(io.BytesIO(raw)).metadata
    sizes = read_sizes(raw, 10**9)
    assert sizes.n_rows == 4
    groups = range(footer.num_row_groups)
    assert sizes.n_bytes == sum(footer.row_group(i).total_byte_size for i in groups)
    # The values of dictionaries count too.
    assert sizes.n_values >= sum(
        footer.row_group(i).column(j).num_values for i in groups for j in range(5)
    )
    assert read_parquet(raw, max_rows=4, max_bytes=MAX_BYTES)[1] == [
        [None if v is None else v for v in row.values()] for row in TABLE.to_pylist()
    ]


def test_a_page_that_unpacks_to_much_is_refused_before_it_is_unpacked():
    raw = with_small_footer(
        written(pa.table({"a": ["x" * 30_000_000]}), compression="zstd", use_dictionary=False,
                write_statistics=False)
    )  # fmt: skip
    assert len(raw) < 20_000
    assert pq.ParquetFile(io.BytesIO(raw)).metadata.row_group(0).total_byte_size == 1000
    reserved = pa.default_memory_pool().max_memory()
    with pytest.raises(ProblemError) as caught:
        read_parquet(raw, max_rows=100, max_bytes=MAX_BYTES)
    assert caught.value.kind == "too-large"
    assert pa.default_memory_pool().max_memory() - reserved < 4 * MAX_BYTES


def test_a_footer_of_many_columns_is_refused():
    raw = written(pa.table({f"c{i}": [1.0] for i in range(2000)}))
    with pytest.raises(ProblemError) as caught:
        read_parquet(raw, max_rows=100, max_bytes=MAX_BYTES)
    assert caught.value.kind == "too-large"


@pytest.mark.parametrize(
    "values", [pa.array([["x"]]), pa.array([{"a": "x"}]), pa.array([b"x" * 99], pa.binary(99))],
    ids=["lists", "structures", "bytes"],
)  # fmt: skip
def test_texts_that_dictionaries_could_repeat_inside_of_values_are_refused(values):
    with pytest.raises(ProblemError, match=r"'a[a-z.]*' holds lists of texts, or bytes"):
        read_parquet(written(pa.table({"a": values})), max_rows=9, max_bytes=MAX_BYTES)


def test_damaged_files_are_refused_and_never_end_the_process():
    # pyarrow itself ends the process over some of these, if it is asked for their columns.
    rng = np.random.default_rng(0)
    files = [written(TABLE, **settings) for settings in WRITERS.values()]
    pool = pa.default_memory_pool()
    before, n_refused = pool.bytes_allocated(), 0
    for k in range(1000):
        raw = bytearray(files[k % len(files)])
        for _ in range(rng.integers(1, 4)):
            raw[rng.integers(len(raw))] = rng.integers(256)
        try:
            read_parquet(bytes(raw), max_rows=100, max_bytes=MAX_BYTES)
        except (ProblemError, TooManyRowsError):
            n_refused += 1
    assert n_refused > 500
    assert pool.bytes_allocated() - before < 10 * MAX_BYTES


STRUCTURES = {
    "nothing": b"",
    "a size too many": b"\x15",
    "no end": b"\x16" + b"\xff" * 12,
    "depth": b"\x1c" * 40,
    "a kind that is none": b"\x1f\x00",
    "a list longer than the file": b"\x19\xf5\xff\xff\x03",
    "a list of something else": b"\x29\x15\x02\x00",
}


@pytest.mark.parametrize("footer", STRUCTURES.values(), ids=STRUCTURES.keys())
def test_a_footer_that_is_none(footer):
    raw = b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    with pytest.raises(ValueError, match=r"\w"):
        read_sizes(raw, MAX_BYTES)
    with pytest.raises(ProblemError) as caught:
        read_parquet(raw, max_rows=9, max_bytes=MAX_BYTES)
    assert caught.value.kind == "invalid-body"
