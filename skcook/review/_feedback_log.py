"""A log of verdicts on disk: JSON lines that are only ever added to.

Any number of threads and processes may write one file. A write holds a lock, reaches the disk
before it returns, and is taken back whole if the disk does not take all of it.
"""

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skcook.exceptions import CorrectionError, FeedbackLogError
from skcook.review._verdicts import make_verdict, standing, tally

FORMAT = 1
#: Most verdicts in one call.
MAX_ENTRIES = 1000


class FeedbackLog:
    """A file of verdicts.

    `max_bytes` is the most that the file may hold.
    """

    def __init__(self, path: str | Path, *, max_bytes: int = 64 * 2**20) -> None:
        self.path = Path(path)
        self.max_bytes = max_bytes

    def append(self, verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
        """Add verdicts, all or none, and return their ids."""
        if len(verdicts) > MAX_ENTRIES:
            raise CorrectionError(
                f"{len(verdicts)} verdicts came at once; at most {MAX_ENTRIES} are taken."
            )
        entries = [{"skcook_feedback": FORMAT, **make_verdict(record)} for record in verdicts]
        lines = [json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in entries]
        data = "".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace")
        try:
            # Opened anew each time, so that a log that was moved away is begun again.
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as exc:
            raise self._error(exc) from exc
        try:
            with _locked(handle):
                self._write(handle, data)
        finally:
            os.close(handle)
        return [entry["id"] for entry in entries]

    def _write(self, handle: int, data: bytes) -> None:
        size = os.fstat(handle).st_size
        if size and os.lseek(handle, -1, os.SEEK_END) >= 0 and os.read(handle, 1) != b"\n":
            # Another writer died in the middle of a line: it must not take ours with it.
            data = b"\n" + data
        if size + len(data) > self.max_bytes:
            raise FeedbackLogError(
                errno.EFBIG,
                f"The log {self.path.name} is full: it may hold {self.max_bytes:,} bytes. Move it "
                "away, and a new one is begun.",
            )
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        except OSError as exc:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, size)
            raise self._error(exc) from exc

    def _error(self, exc: OSError) -> FeedbackLogError:
        reason = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EROFS: "the disk is read-only",
            errno.EACCES: "the file may not be written",
            errno.ENOENT: "its folder does not exist",
            errno.EISDIR: "it is a folder",
        }.get(exc.errno or 0, exc.strerror or "an error of the disk")
        return FeedbackLogError(
            exc.errno, f"The verdicts could not be kept in {self.path.name}: {reason}."
        )

    def read(self) -> list[dict[str, Any]]:
        """Return the verdicts, oldest first; lines that are damaged are left out."""
        try:
            with self.path.open("rb") as file:
                return [entry for line in file if (entry := _parsed(line)) is not None]
        except FileNotFoundError:
            return []

    def counts(self, model: str | None = None) -> list[dict[str, Any]]:
        """Return how often each reason got each verdict."""
        entries = [v for v in self.read() if model is None or v.get("model") == model]
        return [
            {"kind": kind, "feature": feature, "column": column, **counts}
            for (kind, feature, column), counts in tally(standing(entries)).items()
        ]


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    if isinstance(number := entry.pop("skcook_feedback", None), int) and number > FORMAT:
        raise CorrectionError(
            f"The log has format {number}; this version of skcook reads {FORMAT}."
        )
    try:
        made = make_verdict({k: v for k, v in entry.items() if k not in ("id", "when")})
    except CorrectionError:
        return None
    kept = {key: entry[key] for key in ("id", "when") if isinstance(entry.get(key), str)}
    return {**made, **kept} if len(kept) == 2 else None


@contextlib.contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Hold the file's lock; it goes with the handle, whatever becomes of the process."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        # Windows locks bytes: one far behind the end stands for the file.
        os.lseek(handle, 2**40, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            os.lseek(handle, 2**40, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
