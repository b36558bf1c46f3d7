"""Verdicts: what people say about reasons, one plain record per click, and what follows from them.

Verdicts are only ever added, to a list or to a log on disk. Taking one back adds a record that says
so; corrections are derived anew from all of them, so one person's clicks can be left out later.
"""

import contextlib
import errno
import json
import os
import uuid
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skcook.exceptions import CorrectionError, FeedbackLogError, SkcookWarning
from skcook.review._one_correction import Correction, now
from skcook.utils._validation import did_you_mean, in_words

#: What a person may say. The first three are about a reason, the next two about a row.
VERDICTS = ("right", "wrong", "wrong way", "label", "leave out", "undo")
#: The kinds of correction that a "wrong" may become.
STRIKES = ("drop", "word", "pattern")

#: What a verdict may hold: the type, and for texts the most characters.
FIELDS: Mapping[str, tuple[Any, int]] = {
    "verdict": (str, 20),
    "kind": (str, 20),
    "feature": (str | int, 500),
    "target": (str | int | float | bool, 200),
    "row": (str, 100),
    "value": (str | int | float | bool, 500),
    "rule": (str, 500),
    "weight": (int | float, 0),
    "trend": (str, 10),
    "column": (str | int, 500),
    "label": (str | int | float | bool, 200),
    "undoes": (str, 40),
    "why": (str, 2000),
    "who": (str, 200),
    "model": (str, 200),
    "version": (str, 200),
}


def make_verdict(record: Mapping[str, Any]) -> dict[str, Any]:
    """Check a verdict, and give it its id and time."""
    if not isinstance(record, Mapping):
        raise CorrectionError(f"A verdict is a record; got {type(record).__name__}.")
    entry = {key: value for key, value in record.items() if value is not None}
    for key, value in entry.items():
        if key not in FIELDS:
            match = did_you_mean(str(key), list(FIELDS))
            raise CorrectionError(
                f"A verdict has no {key!r:.60}" + (f"; did you mean {match!r}?" if match else ".")
            )
        kind, longest = FIELDS[key]
        if not isinstance(value, kind):
            raise CorrectionError(f"{key} of a verdict cannot be {value!r:.60}.")
        if isinstance(value, str) and len(value) > longest:
            raise CorrectionError(
                f"{key} of a verdict has {len(value)} characters; at most {longest} are kept."
            )
        if isinstance(value, float) and not abs(value) < float("inf"):
            raise CorrectionError(f"{key} of a verdict must be a finite number; got {value!r}.")
    _check_verdict(entry)
    return {"id": uuid.uuid4().hex, "when": now(), **entry}


def _check_verdict(entry: Mapping[str, Any]) -> None:
    verdict = entry.get("verdict")
    if verdict not in VERDICTS:
        raise CorrectionError(f"verdict={verdict!r:.60} is none of {in_words(list(VERDICTS))}.")
    needed = {"label": ["row", "label"], "leave out": ["row"], "undo": ["undoes"]}
    missing = [key for key in needed.get(verdict, ["feature", "kind"]) if key not in entry]
    if missing:
        raise CorrectionError(f"A verdict {verdict!r} needs {in_words(missing)}.")
    if "kind" in entry and entry["kind"] not in STRIKES:
        raise CorrectionError(f"kind={entry['kind']!r:.60} is none of {in_words(list(STRIKES))}.")
    if verdict == "wrong way" and entry["kind"] != "drop":
        raise CorrectionError(
            "Only a column of numbers can push the wrong way; a word is right or wrong."
        )
    if "kind" in entry and verdict not in ("label", "leave out", "undo"):
        Correction(entry["kind"], entry["feature"])
    if entry.get("trend", "up") not in ("up", "down"):
        raise CorrectionError(f"trend={entry['trend']!r:.60} is neither 'up' nor 'down'.")


def standing(verdicts: Iterable[Mapping[str, Any]], who: Any = None) -> list[Mapping[str, Any]]:
    """Return the verdicts that count: not taken back, the last of a person on a reason of a row."""
    people = None if who is None else {who} if isinstance(who, str) else set(who)
    verdicts = [v for v in verdicts if people is None or v.get("who", "") in people]
    # A verdict can be taken back by the one who gave it.
    undone = {(v["undoes"], v.get("who", "")) for v in verdicts if v["verdict"] == "undo"}
    last: dict[Any, Mapping[str, Any]] = {}
    for v in verdicts:
        if v["verdict"] == "undo" or (v["id"], v.get("who", "")) in undone:
            continue
        about = "row" if v["verdict"] in ("label", "leave out") else reason_of(v)
        # Without a row, each look counts: it was another one.
        place = (v.get("who", ""), about, v.get("row", v["id"]))
        last.pop(place, None)
        last[place] = v
    return list(last.values())


def reason_of(verdict: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """Return what a verdict on a reason is about."""
    return verdict["kind"], verdict["feature"], verdict.get("column")


def tally(verdicts: Iterable[Mapping[str, Any]]) -> dict[tuple[str, Any, Any], Counter[str]]:
    """Count the verdicts on each reason."""
    counts: dict[tuple[str, Any, Any], Counter[str]] = {}
    for v in verdicts:
        if v["verdict"] in ("right", "wrong", "wrong way"):
            counts.setdefault(reason_of(v), Counter())[v["verdict"]] += 1
    return counts


def is_even(votes: Counter[str]) -> bool:
    """Tell whether no verdict has more than half of the votes."""
    return 2 * max(votes.values()) <= votes.total()


def decide(
    verdicts: Iterable[Mapping[str, Any]],
    *,
    min_share: float = 0.5,
    min_votes: int = 1,
    who: str | Collection[str] | None = None,
) -> list[Correction]:
    """Return the corrections that have a majority."""
    if not 0 <= min_share < 1:
        raise CorrectionError(f"min_share must be at least 0 and below 1; got {min_share!r}.")
    verdicts = standing(verdicts, who)
    found = []
    for reason, counts in tally(verdicts).items():
        looks = counts.total()
        if looks < min_votes:
            continue
        about = [v for v in verdicts if "feature" in v and reason_of(v) == reason]
        for verdict in ("wrong", "wrong way"):
            if counts[verdict] > min_share * looks:
                same = [v for v in about if v["verdict"] == verdict]
                found.append(_correction(reason, same, looks))
    found += _rows(verdicts, min_share)
    return [item for item in found if item is not None]


def _correction(reason: Any, same: list[Mapping[str, Any]], looks: int) -> Correction | None:
    kind, feature, column = reason
    detail = {} if column is None or kind == "drop" else {"column": column}
    if same[0]["verdict"] == "wrong way":
        trends = Counter(v["trend"] for v in same if "trend" in v)
        if not trends or (len(trends) == 2 and len(set(trends.values())) == 1):
            warnings.warn(
                f"{len(same)} verdict(s) say that {feature!r} pushes the wrong way, and none says "
                "which way the model goes: add a correction of kind 'direction' by hand.",
                SkcookWarning,
                stacklevel=4,
            )
            return None
        kind = "direction"
        detail = {"sign": "down" if trends.most_common(1)[0][0] == "up" else "up"}
        targets = [v["target"] for v in same if "target" in v]
        if targets:
            detail["target"] = targets[0]
    return Correction(kind, feature, detail, votes=(len(same), looks), **_origin(same))


def _rows(verdicts: list[Mapping[str, Any]], min_share: float) -> list[Correction]:
    """Return what a majority says about single rows."""
    by_row: dict[str, list[Mapping[str, Any]]] = {}
    for v in verdicts:
        if v["verdict"] in ("label", "leave out"):
            by_row.setdefault(v["row"], []).append(v)
    found = []
    for row, said in by_row.items():
        wishes: dict[str, list[Mapping[str, Any]]] = {}
        for v in said:
            wishes.setdefault(json.dumps([v["verdict"], v.get("label")]), []).append(v)
        same = max(wishes.values(), key=len)
        if len(same) > min_share * len(said):
            label = same[0]["verdict"] == "label"
            detail = {"label": same[0]["label"]} if label else {"leave_out": True}
            votes = (len(same), len(said))
            found.append(Correction("row", row, detail, votes=votes, **_origin(same)))
    return found


def _origin(same: list[Mapping[str, Any]]) -> dict[str, str]:
    """Return who said it, when at last, why, and about which model."""

    def joined(key: str, by: str) -> str:
        return by.join(dict.fromkeys(str(v[key]) for v in same if v.get(key)))

    last = same[-1]
    return {
        "who": joined("who", ", "),
        "when": last["when"],
        "why": joined("why", " / "),
        "model": " ".join(str(last[key]) for key in ("model", "version") if last.get(key)),
    }


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
