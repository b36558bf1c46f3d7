"""An output at an address: scored into this machine's cache, and sent when it is whole.

An object store has no folders to rename and no locks, so a run keeps its parts here, under a name
made from the address: ``--resume`` finds them again on the same machine. A file in a store appears
when its last byte is there; the marker of a folder is sent last.
"""

import hashlib
import os
from pathlib import Path

from skcook.artifacts.file._members import name_of, store_of
from skcook.batch._job import BatchError, SinkError
from skcook.batch._places import MARKER


class RemoteOutput:
    """The output of a run that ends in an object store."""

    def __init__(self, address: str, *, overwrite: bool) -> None:
        name = name_of(address)
        if not name:
            raise BatchError(f"{address} names no file or folder to write.")
        self.address, self._overwrite = address.rstrip("/"), overwrite
        self._store, self._path = store_of(self.address)
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = cache / "skcook" / hashlib.sha256(self.address.encode()).hexdigest()[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.local = folder / name

    def check(self, *read: Path | str) -> None:
        """Raise if what is at the address must not be replaced; `read` is what the run reads."""
        for other in map(str, read):
            other, mine = other.rstrip("/"), self.address
            if mine == other or mine.startswith(f"{other}/") or other.startswith(f"{mine}/"):
                raise BatchError(f"{mine} would replace {other}, which is read. Choose another.")
        try:
            if not self._store.exists(self._path):
                return
            names = [Path(path).name for path in self._store.find(self._path)]
            is_folder = self._store.isdir(self._path)
        except Exception as exc:
            raise SinkError(f"{self.address}: cannot be looked at: {exc}") from exc
        if is_folder:
            foreign = [n for n in names if n != MARKER and not n.startswith("part-")]
            if foreign or MARKER not in names:
                raise BatchError(
                    f"{self.address} is a folder that skcook-score did not write. It is never "
                    "replaced; choose another output."
                )
        if not self._overwrite:
            raise BatchError(f"{self.address} exists. Pass --overwrite to replace it.")

    def upload(self, made: Path) -> None:
        """Send the output, and remove what is here."""
        try:
            if made.is_dir():
                self._upload_folder(made)
            else:
                self._store.put_file(str(made), self._path)
                made.unlink()
        except Exception as exc:
            raise SinkError(
                f"{self.address}: cannot be written: {exc}. The scores are in {made}."
            ) from exc

    def _upload_folder(self, folder: Path) -> None:
        if self._store.exists(self._path):
            self._store.rm(self._path, recursive=True)
        self._store.makedirs(self._path, exist_ok=True)
        names = sorted(item.name for item in folder.iterdir())
        for name in [*(n for n in names if n != MARKER), MARKER]:
            self._store.put_file(str(folder / name), f"{self._path}/{name}")
        for name in names:
            (folder / name).unlink()
        folder.rmdir()
