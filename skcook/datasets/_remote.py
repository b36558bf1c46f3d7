"""One file from the web, kept, and never used unless it is the file that was meant."""

import hashlib
import os
import tempfile
import urllib.request
from pathlib import Path

from sklearn.datasets import get_data_home

_TIMEOUT = 60  # seconds without a byte
_CHUNK = 1 << 20


def fetch_file(url, *, sha256, data_home=None, download_if_missing=True):
    """Return the path of a file of the data folder, downloading it if it is not there."""
    path = Path(get_data_home(data_home)) / "skcook" / url.rsplit("/", 1)[-1]
    if not path.is_file():
        if not download_if_missing:
            raise OSError(
                f"There is no {path}. Pass download_if_missing=True, or download {url} by other "
                f"means and put it there."
            )
        _download(url, path, sha256)
    elif (found := _digest(path)) != sha256:
        raise ValueError(
            f"{path} is not the expected file: its SHA-256 is {found}, expected {sha256}. "
            f"Remove it, and the next call downloads it again."
        )
    return path


def _download(url, path, sha256):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            try:
                with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - our own constants
                    while chunk := answer.read(_CHUNK):
                        out.write(chunk)
            except OSError as error:
                raise OSError(
                    f"{url} cannot be downloaded: {error}. Download it by other means and put it "
                    f"at {path}."
                ) from error
        if (found := _digest(part)) != sha256:
            raise ValueError(
                f"{url} is not the expected file: its SHA-256 is {found}, expected {sha256}. "
                f"Nothing was kept."
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
