"""Places of files: paths of this machine, and addresses of object stores through fsspec."""

import io
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from skcook.exceptions import ArtifactError
from skcook.utils._optional import import_optional


def place_of(place: str | Path) -> str | Path:
    """Return an address (``s3://...``, ``gs://...``, ``https://...``) as it is, or a path."""
    if isinstance(place, Path):
        return place
    text = str(place)
    scheme = urlsplit(text).scheme
    if "://" not in text or len(scheme) < 2:  # a letter alone is a drive of Windows
        return Path(text)
    return Path(text.removeprefix("file://")) if scheme == "file" else text


def name_of(place: str | Path) -> str:
    """Return the last part of a place."""
    return (
        place.name if isinstance(place, Path) else urlsplit(place).path.rstrip("/").split("/")[-1]
    )


def store_of(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    fsspec = import_optional("fsspec", feature="An address of an object store", extra="batch")
    try:
        store, path = fsspec.url_to_fs(address)
    except ValueError as exc:
        raise ArtifactError(f"{address}: no file system of fsspec has this kind: {exc}.") from exc
    except ImportError as exc:
        raise ArtifactError(
            f"{address}: its file system needs a library that is not installed: {exc}."
        ) from exc
    return store, path


def read_bytes(place: str | Path) -> bytes:
    """Read a file whole."""
    if isinstance(place, Path):
        return place.read_bytes()
    store, path = store_of(place)
    return store.cat_file(path)


def open_place(place: str | Path) -> BinaryIO:
    """Open a file for reading; one at an address is fetched whole."""
    if isinstance(place, Path):
        return place.open("rb")
    try:
        return io.BytesIO(read_bytes(place))
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise ArtifactError(f"{place}: cannot be read: {exc}") from exc
