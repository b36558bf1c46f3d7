"""What a batch run is asked to do, what it did, and what stops it.

The fields of `Job` are the options of scoring: the command line is built from them, and `score`
takes them by the same names. ::

    BatchError (SkcookError, RuntimeError)    exit 2: the command cannot be carried out
     +-- SourceError                          exit 4: the input cannot be read
     +-- SinkError                            exit 4: the output cannot be written
     +-- BadRowsError                         exit 1: rows do not fit, and the run was to stop then
"""

from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from skcook.exceptions import SkcookError


class BatchError(SkcookError, RuntimeError):
    """A batch run cannot start or go on."""

    exit_code = 2


class SourceError(BatchError):
    """The input cannot be read."""

    exit_code = 4


class SinkError(BatchError):
    """The output cannot be written."""

    exit_code = 4


class BadRowsError(BatchError):
    """Rows do not fit the model's schema."""

    exit_code = 1


#: What `outputs` may name: the methods of the model that take rows, and a short name of one.
OUTPUTS = {
    "predict": "predict",
    "proba": "predict_proba",
    "predict_proba": "predict_proba",
    "decision_function": "decision_function",
    "score_samples": "score_samples",
    "transform": "transform",
    "explain": "explain",
}
DEFAULT_REASONS = 3


def _option(value: Any, flag: str, help: str, *, same: bool = False, **argparse: Any) -> Any:  # noqa: A002
    """Return a field with its option; `same`: a run goes on only if it is the same."""
    facts = {"flag": flag, "help": help, "same": same, "argparse": argparse}
    return field(default=value, metadata=facts)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True)
class Job:
    """One run, as the command line or `score` describes it."""

    model: Path | str
    source: Path | str
    output: Path | str
    outputs: tuple[str, ...] = _option(
        ("predict",), "--output",
        f"what to compute, such as predict,proba: {', '.join(OUTPUTS)} (default: predict; "
        "with --recommend or --similar, nothing else)",
        same=True, type=_names, metavar="NAMES", dest="outputs", default=None,
    )  # fmt: skip
    explain: int = _option(
        0, "--explain", f"the K strongest reasons of each row (default: {DEFAULT_REASONS})",
        same=True, nargs="?", type=int, const=DEFAULT_REASONS, metavar="K",
    )  # fmt: skip
    recommend: int = _option(
        0, "--recommend", "the K best items of each user", same=True, type=int, metavar="K"
    )
    similar: int = _option(
        0, "--similar", "the K items most like each item", same=True, type=int, metavar="K"
    )
    keep: tuple[str, ...] = _option(
        (), "--keep", "columns to copy, such as id,date", same=True, type=_names, metavar="COLUMNS"
    )
    on_bad_rows: str = _option(
        "stop", "--on-bad-rows", "what a row that does not fit does (default: stop)",
        same=True, choices=["stop", "reject"],
    )  # fmt: skip
    rejects: Path | None = _option(
        None, "--rejects", "where rejected rows go (default: OUT.rejects.jsonl)",
        type=Path, metavar="FILE",
    )  # fmt: skip
    batch_rows: int = _option(
        65_536, "--batch-rows", "rows scored at once", same=True, type=int, metavar="N"
    )
    batches_per_part: int = field(default=8, metadata={"same": True})
    input_format: str | None = _option(
        None, "--input-format", "what the input is, if its ending does not tell",
        choices=["csv", "tsv", "parquet", "jsonl"],
    )  # fmt: skip
    delimiter: str | None = _option(
        None, "--delimiter", "what stands between the cells of a CSV file (default: as it seems)",
        same=True, metavar="CHAR",
    )  # fmt: skip
    decimal: str | None = _option(
        None, "--decimal", "the decimal mark of a CSV file (default: as it seems)",
        same=True, choices=[".", ","],
    )  # fmt: skip
    encoding: str | None = _option(
        None, "--encoding", "the encoding of a CSV file (default: as it seems)",
        same=True, metavar="NAME",
    )  # fmt: skip
    escape_csv: bool = _option(
        True, "--no-csv-escape", "leave formulas in CSV output as they are",
        same=True, action="store_false", dest="escape_csv",
    )  # fmt: skip
    resume: bool = _option(False, "--resume", "go on with an unfinished run", action="store_true")
    overwrite: bool = _option(
        False, "--overwrite",
        "replace what an earlier run wrote, or throw an unfinished run away", action="store_true",
    )  # fmt: skip
    engine: str = _option(
        "local", "--engine", "what does the work", same=True, choices=["local", "dask"]
    )
    scheduler: str | None = _option(
        None, "--scheduler", "address of a Dask scheduler", metavar="ADDR"
    )
    workers: int = _option(2, "--workers", "workers of a local Dask cluster", type=int, metavar="N")
    trusted: tuple[str, ...] = _option(
        (), "--trust", "a type that the model file may hold beyond the allowed ones",
        action="append", metavar="TYPE", dest="trusted", default=[],
    )  # fmt: skip
    allow_pickle: bool = _option(
        False, "--allow-pickle", "the model may be a pickle: it can run code", action="store_true"
    )
    verify_key: Path | str | bytes | None = _option(
        None, "--verify-key",
        "refuse a model that is not signed by this key: a file with an Ed25519 public key in PEM "
        "form, or with a shared secret",
        type=Path, metavar="FILE",
    )  # fmt: skip

    def __post_init__(self) -> None:
        from skcook.artifacts.file._members import place_of

        for name in ("model", "source", "output"):
            object.__setattr__(self, name, place_of(getattr(self, name)))
        if self.rejects is not None:
            object.__setattr__(self, "rejects", Path(self.rejects))
        for name in ("outputs", "keep", "trusted"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise TypeError(f"{name} must be a sequence of strings; got one string.")
            object.__setattr__(self, name, tuple(dict.fromkeys(value)))
        unknown = sorted(set(self.outputs) - set(OUTPUTS))
        if unknown:
            raise BatchError(
                f"--output takes {', '.join(OUTPUTS)}; got {', '.join(map(repr, unknown))}."
            )
        if "explain" in self.outputs:
            object.__setattr__(self, "explain", self.explain or DEFAULT_REASONS)
        least = {"explain": 0, "recommend": 0, "similar": 0, "batch_rows": 1, "workers": 1}
        for name, minimum in least.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
                flag = f"--{name.replace('_', '-')}"
                raise BatchError(f"{flag} must be {max(minimum, 1)} or more; got {value!r}.")
        for item in options():
            choices = item.metadata["argparse"].get("choices")
            value = getattr(self, item.name)
            if choices and value is not None and value not in choices:
                flag = item.metadata["flag"]
                raise BatchError(f"{flag} must be {' or '.join(choices)}; got {value!r}.")
        for name in ("model", "source", "output", "rejects", "verify_key"):
            if isinstance(place := getattr(self, name), str | Path) and "\0" in str(place):
                raise BatchError(f"{str(place)!r} is no name of a file: it holds a NUL.")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise BatchError(f"--delimiter must be one character; got {self.delimiter!r}.")
        if self.scheduler and self.engine != "dask":
            raise BatchError("--scheduler goes with --engine dask.")

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the model that give the outputs, explanations apart."""
        named = dict.fromkeys(OUTPUTS[name] for name in self.outputs)
        return tuple(name for name in named if name != "explain")

    def identity(self) -> dict[str, Any]:
        """Return the options that must be the same for a run to go on with another's parts."""
        same = [item.name for item in fields(self) if item.metadata.get("same")]
        return {
            name: list(value) if isinstance(value := getattr(self, name), tuple) else value
            for name in same
        }


def options() -> list[Any]:
    """Return the fields of `Job` that are options of the command line."""
    return [item for item in fields(Job) if "flag" in item.metadata]


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    rows: int
    rejected: int
    output: Path | str
    rejects: Path | None
    resumed: int
    seconds: float
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: How the text of the input was read, where that was not plain.
    notes: tuple[str, ...] = ()
