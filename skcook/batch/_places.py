"""Where a run reads and writes, compared before anything is opened.

No output may be an input, hold one or lie in one, and the same goes for the outputs among
themselves. Paths are compared as the file system sees them: links resolved, and in lower case
where it does not tell cases apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from skcook.batch._job import BatchError, Job

#: What marks a folder of scores as written by skcook-score; readers skip names that begin with "_".
MARKER = "_skcook.json"


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


def check_free(places: Places, *, overwrite: bool, is_own: Callable[[Path], bool]) -> None:
    """Raise if the output or the rejects file is in the way, or is nothing that may be replaced.

    `is_own` tells what this very run has put there already.
    """
    for path in (places.output, places.rejects):
        if not path.exists() or is_own(path):
            continue
        check_replaceable(path, is_folder=path == places.output and path.suffix == "")
        if not overwrite:
            raise BatchError(f"{path} exists. Pass --overwrite to replace it.")


def check_replaceable(path: Path, *, is_folder: bool) -> None:
    """Raise if what stands at a path is not what a run could have written there."""
    if not path.exists():
        return
    if not path.is_dir():
        if is_folder:
            raise BatchError(f"{path} is a file, and the output is a folder. Choose another name.")
        return
    if not is_folder:
        raise BatchError(f"{path} is a folder, and not a file. Choose another name.")
    names = sorted(item.name for item in path.iterdir())
    foreign = [n for n in names if n != MARKER and not (n[:5] == "part-" and n[-8:] == ".parquet")]
    if names and (MARKER not in names or foreign):
        what = f"it holds {foreign[0]!r}" if foreign else f"it has no {MARKER}"
        raise BatchError(
            f"{path} is a folder that skcook-score did not write: {what}. It is never replaced; "
            "choose another output, or remove it yourself."
        )


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
