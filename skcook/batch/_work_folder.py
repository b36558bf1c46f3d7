"""Where a run reads and writes, and its state there: its lock, its identity, the parts it has done.

No output may be an input, hold one or lie in one, and the same goes for the outputs among
themselves; all are compared before anything is opened. Paths are compared as the file system sees
them: links resolved, and in lower case where it does not tell cases apart.

Beside an output ``NAME`` stand, while a run works::

    .NAME.lock                        held by the run: process, host, start
    .NAME.parts/
        job.json                      what the run is: model, input, options
        00003-00012.RUN.arrow         the scores of part 12 of file 3
        00003-00012.RUN.rejects       its rows that did not fit, as JSON lines
        00003-00012.RUN.done          written last: the part is whole, and how many rows it has

RUN is the hash of job.json, so that no run takes another's parts for its own. The folder appears
together with its job.json: a folder without one was not made here, and is neither used nor removed.
Whenever a run is killed, the folder is whole or not there at all: it is made as `.NAME.parts.new`
and renamed, and renamed to `.NAME.parts.old` before the first of its files is removed. What a
killed run leaves of these two, the next one removes.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from skcook.batch._job import BatchError, Job, SinkError
from skcook.utils._files import write_atomic

try:
    import fcntl
except ImportError:  # Windows: the lock's contents decide alone
    fcntl = None  # type: ignore[assignment]

JOB_FILE = "job.json"


@dataclass(frozen=True)
class PartResult:
    """How many rows a part scored, and how many it rejected."""

    rows: int
    rejected: int


class WorkFolder:
    """The folder in which one run keeps its parts."""

    def __init__(self, path: Path) -> None:
        self.path, self.run = path, ""

    def start(self, identity: dict[str, Any], *, resume: bool, overwrite: bool) -> None:
        """Make the folder, or go on with the one of an unfinished run of the same identity."""
        self.run = run_of(identity)
        self._remove_old()
        if self.path.exists():
            before = read_identity(self.path)
            if before is None:
                raise _in_the_way(self.path, f"holds no {JOB_FILE}")
            if resume:
                changed = sorted(
                    k for k in {*before, *identity} if before.get(k) != identity.get(k)
                )
                if changed:
                    raise BatchError(
                        f"The unfinished run in {self.path} was another one: {', '.join(changed)} "
                        "differ. Pass --overwrite to start anew."
                    )
                return
            if not overwrite:
                raise BatchError(
                    f"An unfinished run is in {self.path}. Pass --resume to go on with it, or "
                    "--overwrite to start anew."
                )
            self.remove()
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            new.mkdir(exist_ok=True)
            if new.is_symlink() or any(item.name != JOB_FILE for item in new.iterdir()):
                raise _in_the_way(new, f"holds more than a {JOB_FILE}")
            (new / JOB_FILE).write_text(json.dumps(identity, indent=1))
            new.rename(self.path)
        except OSError as exc:
            raise SinkError(f"{self.path}: cannot be written: {exc.strerror}.") from exc

    def part_path(self, part: str, suffix: str) -> Path:
        """Return where a file of a part is."""
        return self.path / f"{part}.{self.run}.{suffix}"

    def mark_done(self, part: str, result: PartResult) -> None:
        """Note that a part is whole."""
        write_atomic(self.part_path(part, "done"), json.dumps(asdict(result)).encode())

    def done(self) -> dict[str, PartResult]:
        """Return the parts of this run that are whole."""
        ending = f".{self.run}.done"
        return {
            path.name.removesuffix(ending): PartResult(**json.loads(path.read_text()))
            for path in sorted(self.path.glob(f"*{ending}"))
        }

    def remove(self) -> None:
        """Remove the folder at once: what is left when the run is killed is no work folder."""
        self._remove_old()
        self.path.rename(self._old)
        self._remove_old()

    @property
    def _old(self) -> Path:
        return self.path.with_name(f"{self.path.name}.old")

    def _remove_old(self) -> None:
        """Remove what is left of a removed folder; until the last moment it can be told as one."""
        old = self._old
        if not old.exists():
            return
        items = sorted(old.iterdir(), key=lambda item: (item.name == JOB_FILE, item.name))
        if items and read_identity(old) is None:
            raise _in_the_way(old, f"holds no {JOB_FILE}")
        for item in items:
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item)
            else:
                item.unlink()
        old.rmdir()


def _in_the_way(path: Path, why: str, what: str = "work folder") -> BatchError:
    return BatchError(
        f"{path} is in the way: it {why}, so it is no {what} of skcook-score. Move it, or choose "
        "another output."
    )


def run_of(identity: dict[str, Any]) -> str:
    """Return the name of a run: a hash of what it is."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]


def read_identity(folder: Path) -> dict[str, Any] | None:
    """Return what the run of a work folder is, or None if it is no work folder."""
    try:
        identity = json.loads((folder / JOB_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    known = isinstance(identity, dict) and {"model", "input", "skcook"} <= identity.keys()
    return identity if known else None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of an output: a second run ends at once, and names the first."""
    try:
        handle = _acquire(path)
    except OSError as exc:
        raise SinkError(f"{path}: cannot be written: {exc.strerror}.") from exc
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(handle)


def _acquire(path: Path) -> int:
    while True:
        if path.is_symlink():
            raise _in_the_way(path, "is a link", "lock")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            if not _flock(handle, path):
                return _acquire_by_name(path, handle)
            holder = _read_holder(path, os.pread(handle, 4096, 0))
            if holder is not None and holder.get("host") != socket.gethostname():
                raise _held(path, holder)
            # The run before may have removed the file while this one waited to open it.
            if _is_file_of(handle, path):
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps(_this_process()).encode(), 0)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _flock(handle: int, path: Path) -> bool:
    """Lock an open file; False if the file system has no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held(path, _read_holder(path, os.pread(handle, 4096, 0))) from None
    except OSError as exc:
        if exc.errno in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):
            return False
        raise
    return True


def _acquire_by_name(path: Path, handle: int) -> int:
    """Take the lock where the file system has no locks: whoever links its name has it."""
    if os.fstat(handle).st_size == 0:
        path.unlink()
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.") as own:
        own.write(json.dumps(_this_process()))
        own.flush()
        for _ in range(2):
            try:
                os.link(own.name, path)
            except FileExistsError:
                holder = _read_holder(path, path.read_bytes()) or {}
                here = holder.get("host") == socket.gethostname()
                if not here or _is_alive(holder.get("pid")):
                    raise _held(path, holder) from None
                path.unlink()
            else:
                return handle
    raise _held(path, None)


def _is_file_of(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _this_process() -> dict[str, Any]:
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"pid": os.getpid(), "host": socket.gethostname(), "started": started}


def _read_holder(path: Path, written: bytes) -> dict[str, Any] | None:
    """Return what a lock says of its process, or None if its writer was killed before it wrote."""
    if not written:
        return None
    try:
        holder = json.loads(written)
    except ValueError:
        holder = None
    if not isinstance(holder, dict) or "pid" not in holder:
        raise _in_the_way(path, "names no process", "lock")
    return holder


def _is_alive(pid: Any) -> bool:
    if not isinstance(pid, int) or pid < 1:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _held(path: Path, holder: dict[str, Any] | None) -> BatchError:
    who = "another process"
    if holder is not None:
        who = f"process {holder.get('pid')} on {holder.get('host')} since {holder.get('started')}"
    return BatchError(
        f"Another run writes to this output: {who}. Wait for it, or choose another output. If that "
        f"process is gone, remove {path}."
    )


@dataclass(frozen=True)
class Places:
    """The files and folders of a run, resolved."""

    output: Path
    rejects: Path
    work: Path
    lock: Path


def places_of(job: Job, output: Path) -> Places:
    """Return the places of a run, or refuse those that would overwrite something."""
    if not output.name or output.name in (".", ".."):
        output = output.absolute()
    if not output.parent.is_dir():
        raise BatchError(f"{output}: the folder {output.parent} does not exist.")
    resolved = output.resolve()
    if not resolved.name:
        raise BatchError(f"{output} is no name for an output.")
    rejects = job.rejects or resolved.with_name(f"{resolved.name}.rejects.jsonl")
    if not rejects.parent.is_dir():
        raise BatchError(f"{rejects}: the folder {rejects.parent} does not exist.")
    places = Places(
        resolved,
        rejects.resolve(),
        resolved.with_name(f".{resolved.name}.parts"),
        resolved.with_name(f".{resolved.name}.lock"),
    )
    written = {
        "the output": places.output,
        "the rejects file": places.rejects,
        "the work folder": places.work,
        "the lock": places.lock,
    }
    read = {
        name: Path(place).resolve()
        for name, place in (
            ("the input", job.source),
            ("the model", job.model),
            ("the key", job.verify_key),
        )
        if isinstance(place, Path)
    }
    pairs = [*combinations(written.items(), 2)]
    pairs += [(one, other) for one in written.items() for other in read.items()]
    for (name, path), (other_name, other) in pairs:
        how = _relation(path, other)
        if how is not None:
            raise BatchError(
                f"{name.capitalize()} ({path}) {how} {other_name} ({other}), which would be lost "
                "or mixed up with it. Choose another place."
            )
    return places


def _relation(path: Path, other: Path) -> str | None:
    """Say how two resolved paths meet: "is", "lies in" or "holds"; None if they do not."""
    if path.exists() and other.exists() and path.samefile(other):
        return "is the same as"
    folded, other_folded = _folded(path), _folded(other)
    if folded == other_folded:
        return "is the same as"
    if other_folded in folded.parents:
        return "lies in"
    return "holds" if folded in other_folded.parents else None


def _folded(path: Path) -> Path:
    """Return a path in lower case if its file system does not tell cases apart."""
    folder = next(parent for parent in path.parents if parent.exists())
    swapped = folder.with_name(folder.name.swapcase()) if folder.name else folder
    ignores_case = swapped != folder and swapped.exists() and swapped.samefile(folder)
    return Path(str(path).casefold()) if ignores_case else path
