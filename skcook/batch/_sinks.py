"""The output of a run: its parts, and how they become one output, whole or not at all.

A part is written under a temporary name and renamed, and its ``.done`` comes after it: a run that
was killed anywhere goes on with the parts that have no ``.done``, so that no row is lost or
doubled. When every part is done, the output is put together in the work folder, noted there, and
renamed into its place.

An output at an address is scored into this machine's cache, and sent when it is whole. An object
store has no folders to rename and no locks, so a run keeps its parts here, under a name made from
the address: ``--resume`` finds them again on the same machine. A file in a store appears when its
last byte is there; the marker of a folder is sent last.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from skcook.artifacts.file._members import name_of, store_of
from skcook.batch._job import BatchError, SinkError
from skcook.batch._part_files import assemble, concatenate, harmonize, holds_scores, write_tables
from skcook.batch._work_folder import PartResult, Places, WorkFolder
from skcook.utils._files import write_atomic

OUTPUT_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".jsonl": "jsonl"}
#: What marks a folder of scores as written by skcook-score; readers skip names that begin with "_".
MARKER = "_skcook.json"
_FOLDER_NAMES = re.compile(rf"part-.*\.parquet|{re.escape(MARKER)}")
#: What of the output stands in its place already, by the numbers of the file system.
_PUBLISHED = "published"


class Sink:
    """The output of one run."""

    def __init__(self, places: Places, *, overwrite: bool = False, escape: bool = True) -> None:
        self.output, self.rejects = places.output, places.rejects
        self.places, self.overwrite, self.escape = places, overwrite, escape
        self.is_folder = self.output.suffix == ""
        self.format = "parquet" if self.is_folder else _format_of(self.output)
        #: What may stand in the place of the output, and be replaced.
        self.kind = "folder" if self.is_folder else self.format
        encodes_later = self.format == "parquet" and not self.is_folder
        self._part_format = "arrow" if encodes_later else self.format
        self.work = WorkFolder(places.work)
        #: Whether kept columns may change their type from row to row, as those of JSON do.
        self.mixed_as_text = False

    def start(self, identity: dict[str, Any], *, resume: bool) -> None:
        """Look whether the output may be written, and prepare the work folder."""
        own = _read_published(self.work.path) if resume else {}
        for path in (self.output, self.rejects):
            if path.exists() and own.get(str(path)) != _numbers(path):
                self._check_replaceable(path)
                if not self.overwrite:
                    raise BatchError(f"{path} exists. Pass --overwrite to replace it.")
        self.work.start(identity, resume=resume, overwrite=self.overwrite)

    def _check_replaceable(self, path: Path) -> None:
        """Raise if what stands at a path is not what a run could have written there."""
        kind = self.kind if path == self.output else "rejects"
        if path.is_dir():
            _check_folder(path, [item.name for item in path.iterdir()], kind)
        elif kind == "folder":
            raise BatchError(f"{path} is a file, and the output is a folder. Choose another name.")
        elif not path.is_file():
            raise BatchError(f"{path} is neither a file nor a folder. Choose another name.")
        else:
            with path.open("rb") as file:
                _check_file(path, file, kind)

    def done(self) -> dict[str, PartResult]:
        """Return the parts that are whole."""
        return self.work.done()

    def write_part(
        self, part: str, tables: Sequence[Any], rows: int, rejects: Sequence[dict[str, Any]]
    ) -> PartResult:
        """Write a part; it appears whole or not at all."""
        result = PartResult(rows, len(rejects))
        target = self.work.part_path(part, self._part_format)
        with _named(target, "What is done is kept: make room and run the same command with"):
            temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
            write_tables(temporary, tables, self._part_format, escape=self.escape)
            _sync(temporary)
            temporary.replace(target)
            lines = "".join(json.dumps(row) + "\n" for row in rejects)
            write_atomic(self.work.part_path(part, "rejects"), lines.encode())
            self.work.mark_done(part, result)
        return result

    def finish(self, parts: Sequence[str]) -> None:
        """Put the parts together, in order; the output appears whole or not at all."""
        files = [self.work.part_path(part, self._part_format) for part in parts]
        rejected = [
            path for part in parts if (path := self.work.part_path(part, "rejects")).stat().st_size
        ]
        with _named(self.output, "Every part is kept: make room and run the same command with"):
            if self.is_folder:
                whole = self._folder_of(files)
            else:
                whole = self.work.path / f"output.{self.format}"
                _forget(whole)
                assemble(whole, files, self.format, mixed_as_text=self.mixed_as_text)
                _sync(whole)
            ready = {self.output: whole}
            if rejected:
                ready[self.rejects] = self.work.path / "output.rejects"
                _forget(ready[self.rejects])
                concatenate(ready[self.rejects], rejected)
                _sync(ready[self.rejects])
            before = _read_published(self.work.path)
            own = {str(path): _numbers(made) for path, made in ready.items()}
            write_atomic(self.work.path / _PUBLISHED, json.dumps({**before, **own}).encode())
            for path, made in ready.items():
                self._publish(made, path, before.get(str(path)))
            self.work.remove()

    def _folder_of(self, files: Sequence[Path]) -> Path:
        """Make the folder of the output of its parts."""
        harmonize(files, mixed_as_text=self.mixed_as_text)
        folder = self.work.path / "output"
        if folder.exists():
            _remove_flat(folder)
        folder.mkdir()
        for number, file in enumerate(files):
            # A link costs nothing and leaves the part in place until the folder stands.
            part = file.name.partition(".")[0]
            os.link(file, folder / f"part-{part or number}.parquet")
        (folder / MARKER).write_text(json.dumps({"run": self.work.run}))
        return folder

    def _publish(self, made: Path, path: Path, own: list[int] | None) -> None:
        """Put what was made into its place, and nothing of another's out of it."""
        replaces = path.exists()
        if replaces and not self.overwrite and _numbers(path) != own:
            raise BatchError(
                f"{path} appeared while the run worked. Move it, or pass --overwrite; then run "
                "the same command with --resume."
            )
        if replaces and _numbers(path) != own:
            self._check_replaceable(path)
        if made.is_dir():
            aside = self.work.path / "replaced"
            if aside.exists():
                _remove_flat(aside)
            if replaces:
                path.rename(aside)
            made.rename(path)  # fails if another folder has come between
        elif replaces:
            made.replace(path)
        else:
            _rename_new(made, path)


def _check_folder(place: Path | str, names: Collection[str], kind: str) -> None:
    """Raise if a folder with such files is not one of parts that skcook-score wrote."""
    if kind != "folder":
        raise BatchError(f"{place} is a folder, and not a file. Choose another name.")
    foreign = sorted(name for name in names if not _FOLDER_NAMES.fullmatch(name))
    if names and (MARKER not in names or foreign):
        what = f"it holds {foreign[0]!r}" if foreign else f"it has no {MARKER}"
        raise _not_written_here(f"{place} is a folder", what)


def _check_file(place: Path | str, file: Any, kind: str) -> None:
    """Raise if a file is not one of scores, or of rejected rows, that skcook-score wrote."""
    if not holds_scores(file, kind):
        lacks = "line of a rejected row" if kind == "rejects" else "column of scores"
        raise _not_written_here(f"{place} is a file", f"it has no {lacks}")


def _not_written_here(what: str, why: str) -> BatchError:
    return BatchError(
        f"{what} that skcook-score did not write: {why}. It is never replaced; choose another "
        "output, or remove it yourself."
    )


def _rename_new(made: Path, path: Path) -> None:
    """Rename a file, but not onto one that came in between."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise BatchError(
            f"{path} appeared while the run worked. Move it, or pass --overwrite; then run the "
            "same command with --resume."
        ) from None
    except OSError:
        made.replace(path)  # a file system without links
    else:
        made.unlink()


def _forget(made: Path) -> None:
    """Remove what a killed run has made: it may be linked to the output, and is written anew."""
    made.unlink(missing_ok=True)


@contextlib.contextmanager
def _named(path: Path, advice: str) -> Iterator[None]:
    """Say what cannot be written, and what to do."""
    try:
        yield
    except OSError as exc:
        raise SinkError(f"{path}: cannot be written: {exc.strerror}. {advice} --resume.") from exc


def _read_published(work: Path) -> dict[str, list[int]]:
    try:
        return json.loads((work / _PUBLISHED).read_bytes())
    except (OSError, ValueError):
        return {}


def _numbers(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_dev, stat.st_ino]


def _remove_flat(folder: Path) -> None:
    for item in folder.iterdir():
        item.unlink()
    folder.rmdir()


def _format_of(output: Path) -> str:
    found = OUTPUT_FORMATS.get(output.suffix.lower())
    if found is None:
        raise BatchError(
            f"{output}: the ending {output.suffix!r} names no format that can be written. "
            f"Known: {', '.join(OUTPUT_FORMATS)}; a name without an ending is a folder of "
            "Parquet parts."
        )
    return found


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


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

    def check(self, kind: str, *read: Path | str) -> None:
        """Raise if what is at the address must not be replaced; `read` is what the run reads."""
        for other in map(str, read):
            other, mine = other.rstrip("/"), self.address
            if mine == other or mine.startswith(f"{other}/") or other.startswith(f"{mine}/"):
                raise BatchError(f"{mine} would replace {other}, which is read. Choose another.")
        try:
            if not self._store.exists(self._path):
                return
            if self._store.isdir(self._path):
                names = [Path(path).name for path in self._store.find(self._path)]
                _check_folder(self.address, names, kind)
            else:
                with self._store.open(self._path, "rb") as file:
                    _check_file(self.address, file, kind)
        except BatchError:
            raise
        except Exception as exc:
            raise SinkError(f"{self.address}: cannot be looked at: {exc}") from exc
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
