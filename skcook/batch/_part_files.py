"""Parts of scores as files, and files put together from parts.

The parts of a Parquet file are Arrow streams: they are encoded once, when the file is put together.
The parts of a folder are the Parquet files that it will hold; those of the text formats are text.
"""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from skcook.artifacts._answers import METHODS, defused_table
from skcook.batch._job import SinkError
from skcook.utils import import_optional
from skcook.utils._json import to_json

arrow, arrow_csv, compute, parquet = (
    import_optional(module, feature="skcook-score", extra="batch")
    for module in ("pyarrow", "pyarrow.csv", "pyarrow.compute", "pyarrow.parquet")
)

#: What the columns of scores are called, reasons and recommended items among them.
_SCORES = re.compile(f"({'|'.join(sorted({m.column for m in METHODS.values()}))})(_.*)?", re.DOTALL)
#: The beginning of a file of text, which has its names.
_HEAD_BYTES = 1 << 20


def write_tables(
    path: Path,
    tables: Sequence[Any],
    format: str,  # noqa: A002
    *,
    escape: bool = True,
) -> None:
    """Write the tables of a part; `escape`: no cell of text becomes a formula."""
    schema = common_schema([table.schema for table in tables], mixed_as_text=True)
    whole = arrow.concat_tables([cast(table, schema) for table in tables])
    if format == "arrow":
        # A stream, unlike a file, may hold another dictionary in each batch.
        options = arrow.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        with (
            arrow.OSFile(str(path), "wb") as file,
            arrow.ipc.new_stream(file, whole.schema, options=options) as writer,
        ):
            writer.write_table(whole)
    elif format == "parquet":
        parquet.write_table(whole, path, use_dictionary=_repeating(whole.schema))
    elif format == "csv":
        flat = _with_flat_cells(whole)
        arrow_csv.write_csv(defused_table(flat) if escape else flat, path)
    else:
        # `json.dumps` would make an encoder for each row, a third of the time (bench_batch.py).
        encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
        with path.open("w", encoding="utf-8") as file:
            file.writelines(encode(row) + "\n" for row in _json_rows(whole))


def check_names(columns: Sequence[Sequence[str]]) -> None:
    """Raise if scores have other columns in one place than in another."""
    first = columns[0]
    for names in columns[1:]:
        if names != first:
            differing = sorted(set(first) ^ set(names)) or first
            raise SinkError(
                f"The model's answers have other columns in some rows than in others: "
                f"{', '.join(differing[:5])}. One file cannot hold both."
            )


def common_schema(schemas: Sequence[Any], *, mixed_as_text: bool) -> Any:
    """Return the types that hold the values of all; text, if it may be, where there are none."""
    check_names([schema.names for schema in schemas])
    if all(schema.equals(schemas[0]) for schema in schemas):
        return schemas[0]
    fields = []
    for j, name in enumerate(schemas[0].names):
        kinds = list(dict.fromkeys(schema.field(j).type for schema in schemas))
        try:
            found = kinds[0]
            for kind in kinds[1:]:
                found = _promoted(found, kind)
        except arrow.ArrowException:
            if not mixed_as_text:
                raise SinkError(
                    f"The files of the input disagree on the type of {name}: "
                    f"{' and '.join(map(str, kinds))}. One file cannot hold both. Convert the "
                    "column, or leave it out of --keep."
                ) from None
            found = arrow.string()
        fields.append(arrow.field(name, found))
    return arrow.schema(fields)


def _promoted(one: Any, other: Any) -> Any:
    """Return the type that holds the values of two, or raise."""
    schemas = [arrow.schema([("x", kind)]) for kind in (one, other)]
    return arrow.unify_schemas(schemas, promote_options="permissive").field(0).type


def cast(table: Any, schema: Any) -> Any:
    """Give a table the types of a schema; values that are to be text become the text of a cell."""
    columns = []
    for column, field in zip(table.columns, schema, strict=True):
        if column.type == field.type:
            columns.append(column)
        elif arrow.types.is_string(field.type) and not arrow.types.is_null(column.type):
            columns.append(arrow.array([cell_text(v) for v in column.to_pylist()], field.type))
        else:
            columns.append(column.cast(field.type))
    return arrow.table(columns, schema=schema)


def _with_flat_cells(table: Any) -> Any:
    """Write values that no cell holds, such as lists, as JSON."""
    columns = []
    for column in map(_decoded, table.columns):
        if arrow.types.is_null(column.type):
            column = column.cast(arrow.string())
        elif not _is_cell(column.type):
            column = arrow.array(map(cell_text, column.to_pylist()), arrow.string())
        columns.append(column)
    if len(columns) == 1 and columns[0].null_count:
        # Readers skip an empty line, and the row with it; a quoted empty cell they do not.
        columns = [compute.fill_null(columns[0].cast(arrow.string()), "")]
    return arrow.table(columns, names=table.column_names)


def _json_rows(table: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as JSON, which has only finite numbers and no bytes."""
    names, columns = table.column_names, []
    for column in map(_decoded, table.columns):
        if arrow.types.is_floating(column.type):
            column = compute.if_else(compute.is_finite(column), column, None)
        values = column.to_pylist()
        columns.append(values if _is_cell(column.type) else [*map(to_json, values)])
    for row in zip(*columns):
        yield dict(zip(names, row))


def _decoded(column: Any) -> Any:
    """Return a column with its values in place of codes."""
    is_coded = arrow.types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if is_coded else column


def _is_cell(kind: Any) -> bool:
    """Tell whether values of a type are one text each: not lists, structures or bytes."""
    types = arrow.types
    is_text = types.is_string(kind) or types.is_large_string(kind)
    return is_text or types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind)


def _repeating(schema: Any) -> list[str]:
    """Return the columns that may repeat: a dictionary of scores costs more than it saves."""
    types = arrow.types
    return [field.name for field in schema if not types.is_floating(field.type)]


def assemble(path: Path, files: Sequence[Path], format: str, *, mixed_as_text: bool) -> None:  # noqa: A002
    """Put the parts of a file together, in order."""
    if format == "jsonl":
        concatenate(path, files)
    elif format == "csv":
        headers = {_header(file) for file in files}
        if len(headers) > 1:
            check_names([header.decode().strip().split(",") for header in sorted(headers)])
        concatenate(path, files, skip=len(headers.pop()))
    else:
        schemas = [_stream_schema(file) for file in files]
        schema = common_schema(schemas, mixed_as_text=mixed_as_text)
        with parquet.ParquetWriter(path, schema, use_dictionary=_repeating(schema)) as writer:
            for file in files:
                writer.write_table(cast(_read_stream(file), schema))


def harmonize(files: Sequence[Path], *, mixed_as_text: bool) -> None:
    """Give the Parquet files of a folder the same types, as far as one type holds them."""
    schemas = [parquet.read_schema(file).remove_metadata() for file in files]
    check_names([schema.names for schema in schemas])
    try:
        schema = common_schema(schemas, mixed_as_text=mixed_as_text)
    except SinkError:
        return  # each file keeps its own types
    for file, own in zip(files, schemas, strict=True):
        if not own.equals(schema):
            table = cast(parquet.read_table(file), schema)
            temporary = file.with_name(f"{file.name}.tmp")
            parquet.write_table(table, temporary, use_dictionary=_repeating(schema))
            temporary.replace(file)


def _stream_schema(path: Path) -> Any:
    with arrow.OSFile(str(path)) as file, arrow.ipc.open_stream(file) as stream:
        return stream.schema


def _read_stream(path: Path) -> Any:
    with arrow.OSFile(str(path)) as file, arrow.ipc.open_stream(file) as stream:
        return stream.read_all()


def _header(path: Path) -> bytes:
    """Return the line of column names; a quoted name may hold a line break."""
    lines, quotes = [], 0
    with path.open("rb") as file:
        for line in file:
            lines.append(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                break
    return b"".join(lines)


def concatenate(path: Path, files: Sequence[Path], *, skip: int = 0) -> None:
    """Put files of text together; `skip` is the length of the header, which stands but once."""
    with path.open("wb") as out:
        for number, file in enumerate(files):
            with file.open("rb") as part:
                part.seek(skip if number else 0)
                shutil.copyfileobj(part, out, 1 << 20)


def cell_text(value: Any) -> str | None:
    """Return a value as the text of a cell: a string as it is, JSON of anything else."""
    if value is None:
        return None
    plain = to_json(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    # Half a surrogate pair is no character that a file can hold.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def holds_scores(file: Any, format: str) -> bool:  # noqa: A002
    """Tell whether an open file looks like one that skcook-score wrote, or is empty.

    Its columns tell; of a file of rejected rows (format "rejects"), what a line says.
    """
    if not file.read(1):
        return True
    file.seek(0)
    try:
        if format == "parquet":
            return any(map(_SCORES.fullmatch, parquet.read_schema(file).names))
        head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
        if format == "csv":
            return any(map(_SCORES.fullmatch, next(csv.reader(io.StringIO(head)))))
        first = json.loads(head.partition("\n")[0])
        if format == "rejects":
            return {"file", "row", "problems"} <= first.keys()
        return any(map(_SCORES.fullmatch, first))
    except (arrow.ArrowException, ValueError, TypeError, AttributeError, csv.Error, StopIteration):
        return False
