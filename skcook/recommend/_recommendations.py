"""The frames in which recommendations come out."""

from pathlib import Path

import narwhals.stable.v2 as nw
import pandas as pd

from skcook.utils._files import replacing
from skcook.utils._frames import to_polars
from skcook.utils._optional import import_optional


def frame_of(columns, container):
    """Make a frame."""
    named = {}
    for name, values in columns:
        while name in named:
            name = f"{name}_"
        named[name] = _column(values)
    frame = pd.DataFrame(named)
    if container == "polars":
        return to_polars(nw.from_native(frame, eager_only=True))
    return frame


def _column(values):
    try:
        return pd.Series(values)
    except UnicodeEncodeError:  # pandas' strings are UTF-8, which a lone surrogate is not
        return pd.Series(values, dtype=object)


def container_for(values, fitted):
    """Choose the container of an answer: that of the question, else that of ``fit``."""
    if isinstance(values, pd.Series | pd.Index):
        return "pandas"
    if type(values).__module__.partition(".")[0] == "polars":
        return "polars"
    return "polars" if fitted == "polars" else "pandas"


def write_frames(frames, out):
    """Write frames one after the other into one file."""
    path = Path(out)
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"out={str(out)!r} must end in .csv or .parquet.")
    with replacing(path) as part:
        if path.suffix == ".csv":
            with part.open("w", encoding="utf-8", newline="") as file:
                for number, frame in enumerate(frames):
                    frame.to_csv(file, header=number == 0, index=False)
        else:
            _write_parquet(frames, part)
    return path


def _write_parquet(frames, path):
    arrow = import_optional("pyarrow", feature="Writing .parquet", extra="batch")
    parquet = import_optional("pyarrow.parquet", feature="Writing .parquet", extra="batch")
    writer = None
    try:
        for frame in frames:
            table = arrow.Table.from_pandas(
                frame, schema=writer and writer.schema, preserve_index=False
            )
            writer = writer or parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
