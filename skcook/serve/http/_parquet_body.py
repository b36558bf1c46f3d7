"""A Parquet file as the body of a request: what it says of its size is read before any is unpacked.

Its footer says sizes, and anyone can write others; what Arrow allocates for a page is what the
head of that page says. Both are structures in Thrift's compact protocol, and are read here by their
integers alone. pyarrow shows the footer too, but ends the process over some damaged ones. What is
said is believed only if it is too much; what really comes is counted, batch by batch.
"""

import math
from dataclasses import dataclass
from typing import Any

from skcook.serve.http._errors import ProblemError, unreadable
from skcook.serve.model._refusals import TooManyRowsError
from skcook.utils import import_optional
from skcook.utils._json import to_json

#: Rows that are unpacked at a time, so that counting what really comes costs little.
_BATCH_ROWS = 256
#: What a footer may hold: a column of a row group takes some fifty bytes there, and a kilobyte in
#: memory.
_MAX_LIST, _SMALL_FOOTER = 20_000, 1 << 16
#: Longest value of a type of fixed length, which a dictionary may repeat without end: a decimal.
_MAX_FIXED = 32
#: A file with more pages than any honest one of a request's size is damaged, or an attack.
MAX_PAGES = 50_000
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
#: Bytes of the other values.
_WIDTHS = {3: 1, 7: 8}
#: The lists that a footer may hold, by the field: the kind of their elements, and the lists in
#: those. Thrift reads a list of these fields as such a one, whatever it says of itself.
_SIZE_LISTS: dict[int, Any] = {2: (_I64, {}), 3: (_I64, {})}
_COLUMN_LISTS: dict[int, Any] = {
    2: (_I32, {}), 3: (_BINARY, {}), 8: (_STRUCT, {}), 13: (_STRUCT, {}),
    16: (_STRUCT, _SIZE_LISTS), 17: (_STRUCT, {2: (_I32, {})}),
}  # fmt: skip
_GROUP_LISTS: dict[int, Any] = {1: (_STRUCT, {3: (_STRUCT, _COLUMN_LISTS)}), 4: (_STRUCT, {})}
_FOOTER_LISTS: dict[int, Any] = {
    2: (_STRUCT, {}),
    4: (_STRUCT, _GROUP_LISTS),
    5: (_STRUCT, {}),
    7: (_STRUCT, {}),
}
#: The structures in the head of a page that count values.
_COUNTING = (5, 7, 8)


def read_parquet(raw: bytes, *, max_rows: int, max_bytes: int) -> tuple[list[str], list[list[Any]]]:
    """Return the columns and the rows of a Parquet file."""
    parquet = import_optional("pyarrow.parquet", feature="Parquet in a request", extra="batch")
    arrow = import_optional("pyarrow", feature="Parquet in a request", extra="batch")
    rows: list[list[Any]] = []
    n_bytes = 0
    limits = {"thrift_container_size_limit": _MAX_LIST, "thrift_string_size_limit": max_bytes}
    try:
        _check_sizes(raw, max_rows, max_bytes)
        with parquet.ParquetFile(arrow.BufferReader(raw), **limits) as head:
            strings = _texts(head.schema)
        # Equal strings stay one string: a dictionary's entry may be long, and repeated without end.
        source = arrow.BufferReader(raw)
        with parquet.ParquetFile(source, read_dictionary=strings, **limits) as file:
            names = list(file.schema_arrow.names)
            for batch in file.iter_batches(_BATCH_ROWS, use_threads=False):
                n_bytes += batch.nbytes
                if n_bytes > 2 * max_bytes:
                    raise _too_large(max_bytes)
                columns = [_values(arrow, column) for column in batch.columns]
                rows += [list(row) for row in zip(*columns, strict=True)]
                if len(rows) > max_rows:
                    raise TooManyRowsError(len(rows), max_rows)
    except UnicodeDecodeError as exc:
        raise unreadable("Parquet", "a string is not UTF-8") from exc
    except (LookupError, OverflowError, ValueError) as exc:
        # pyarrow's own errors are among the ValueErrors, so those of dates are told apart.
        reason = "its structure is damaged, or a date is out of range"
        raise unreadable("Parquet", reason) from exc
    except (arrow.ArrowException, OSError) as exc:
        raise unreadable("Parquet", "its structure is damaged") from exc
    return names, rows


def _check_sizes(raw: bytes, max_rows: int, max_bytes: int) -> None:
    """Refuse a file that says it unpacks to too much."""
    if footer_size(raw) > max(_SMALL_FOOTER, max_bytes // 10):
        raise _too_large(max_bytes)
    sizes = read_sizes(raw, 2 * max_bytes)
    if sizes.n_rows > max_rows:
        raise TooManyRowsError(sizes.n_rows, max_rows)
    # A body of JSON holds a value in no less than two bytes.
    if sizes.n_bytes > 2 * max_bytes or sizes.n_values > max_bytes // 2:
        raise _too_large(max_bytes)


def _texts(schema: Any) -> list[str]:
    """Name the columns of texts; those inside of lists, which no model takes, are refused."""
    leaves = [schema.column(i) for i in range(len(schema))]
    texts = [leaf for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    wide = [leaf for leaf in leaves if leaf.length > _MAX_FIXED]
    nested = [leaf for leaf in texts if leaf.path != leaf.name]
    if nested or wide:
        name = (nested or wide)[0].path[:100]
        raise unreadable("Parquet", f"{name!r} holds lists of texts, or bytes")
    return [leaf.name for leaf in texts]


def _values(arrow: Any, column: Any) -> list[Any]:
    if arrow.types.is_dictionary(column.type):
        # By number, so that a damaged one is none: -1 is no position.
        known = dict(enumerate(to_json(column.dictionary.to_pylist())))
        return [None if i is None else known[i] for i in column.indices.to_pylist()]
    values: list[Any] = column.to_pylist()
    if arrow.types.is_integer(column.type) or arrow.types.is_boolean(column.type):
        return values
    if arrow.types.is_floating(column.type):
        return [v if v is not None and math.isfinite(v) else None for v in values]
    return list(to_json(values))


def _too_large(max_bytes: int) -> ProblemError:
    detail = f"The Parquet file unpacks to more than a body of {max_bytes} bytes can hold."
    return ProblemError("too-large", f"{detail} Send it in parts.")


@dataclass(frozen=True)
class Sizes:
    """How many rows, bytes and values a file says it holds."""

    n_rows: int
    n_bytes: int
    n_values: int


def footer_size(raw: bytes) -> int:
    """Return how long the footer is, or raise a ValueError if there is none."""
    size = int.from_bytes(raw[-8:-4], "little")
    if raw[:4] != b"PAR1" or raw[-4:] != b"PAR1" or size > len(raw) - 12:
        raise ValueError("it is no Parquet file")
    return size


def read_sizes(raw: bytes, max_bytes: int) -> Sizes:
    """Return what a file says it holds: by the footer, and by its pages unless that is too much.

    Raises a ValueError where the structure is damaged.
    """
    end = len(raw) - 8
    footer = _Reader(raw, end - footer_size(raw), end).read_struct(_FOOTER_LISTS)
    groups = _list_of(footer, 4)
    columns = [_of(c, 3, _STRUCT) for group in groups for c in _list_of(group, 1)]
    n_bytes = sum(_of(group, 2, _I64) for group in groups)
    n_values = sum(_of(column, 5, _I64) for column in columns)
    if n_bytes <= max_bytes:
        pages = [_measure_pages(raw, column) for column in columns]
        n_bytes = max(n_bytes, sum(page_bytes for page_bytes, _ in pages))
        n_values = max(n_values, sum(page_values for _, page_values in pages))
    return Sizes(_of(footer, 3, _I64), n_bytes, n_values)


def _measure_pages(raw: bytes, column: Any) -> tuple[int, int]:
    """Return how many bytes and values the pages of a column say they hold."""
    # A column without values has a dictionary and no page of data, which is said to be at 0.
    places = (_of(column, 9, _I64), column.get((11, _I64), 0))
    start = min((place for place in places if place > 0), default=0)
    end = start + _of(column, 7, _I64)
    if not 0 <= start <= end <= len(raw):
        raise ValueError("a column lies outside the file")
    n_bytes = n_values = n_pages = 0
    while start < end:
        n_pages += 1
        if n_pages > MAX_PAGES:
            raise ValueError("it has too many pages")
        reader = _Reader(raw, start, end)
        head = reader.read_struct({})
        n_bytes += _of(head, 2, _I32)
        n_values += sum(_of(head[k, _STRUCT], 1, _I32) for k in _COUNTING if (k, _STRUCT) in head)
        start = reader.at + _of(head, 3, _I32)
    return n_bytes, n_values


def _of(fields: Any, field: int, kind: int) -> Any:
    """Return a field of a structure, which must be there and may not be negative."""
    value = fields.get((field, kind))
    if value is None or (kind != _STRUCT and value < 0):
        raise ValueError("a size is missing, or negative")
    return value


def _list_of(fields: Any, field: int) -> Any:
    return fields.get((field, _LIST), [])


class _Reader:
    """Read Thrift's compact protocol as far as it holds integers; pass over other values."""

    def __init__(self, raw: bytes, at: int, end: int) -> None:
        self._raw, self.at, self._end = raw, at, end

    def read_struct(self, lists: Any, depth: int = 0) -> dict[tuple[int, int], Any]:
        """Return the integers, lists and structures of a structure, by field and kind."""
        if depth > 16:
            raise ValueError("it is nested too deeply")
        fields: dict[tuple[int, int], Any] = {}
        field = 0
        while head := self._byte():
            delta, kind = head >> 4, head & 0x0F
            field = field + delta if delta else self._integer()
            if kind not in (1, 2):  # a truth, which has no bytes of its own
                fields[field, kind] = self._read(kind, lists.get(field), depth)
        return fields

    def _read(self, kind: int, expected: Any, depth: int) -> Any:
        element, lists = expected or (None, {})
        if kind in (4, _I32, _I64):
            return self._integer()
        if kind == _STRUCT:
            return self.read_struct(lists, depth + 1)
        if kind in (_LIST, 10):
            head = self._byte()
            inner = head & 0x0F
            count = self._varint() if head >> 4 == 15 else head >> 4
            if count > self._end - self.at or (count and element not in (None, inner)):
                raise ValueError("a list is of something else")
            one: Any = (element, lists)
            return [
                self._byte() if inner in (1, 2) else self._read(inner, one, depth + 1)
                for _ in range(count)
            ]
        width = self._varint() if kind == _BINARY else _WIDTHS.get(kind)
        if width is None:
            raise ValueError("it holds something else")
        self.at += width
        return None

    def _byte(self) -> int:
        if self.at >= self._end:
            raise ValueError("it is cut off")
        self.at += 1
        return self._raw[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:
                raise ValueError("a number has no end")
        return value | byte << shift

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
