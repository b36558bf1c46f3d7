"""What a batch run is asked to do, and what it did."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One run, as the command line or `score` describes it."""

    model: Path
    source: Path
    output: Path
    outputs: tuple[str, ...] = ("predict",)
    explain: int = 0
    recommend: int = 0
    keep: tuple[str, ...] = ()
    on_bad_rows: str = "stop"
    rejects: Path = Path()
    batch_rows: int = 65_536
    batches_per_part: int = 8
    input_format: str | None = None
    resume: bool = False
    overwrite: bool = False
    engine: str = "local"
    scheduler: str | None = None
    workers: int = 2
    trusted: tuple[str, ...] = ()
    allow_pickle: bool = False

    def identity(self) -> dict[str, Any]:
        """Return what must be the same for a run to go on with another's parts."""
        return {
            "outputs": list(self.outputs),
            "explain": self.explain,
            "recommend": self.recommend,
            "keep": list(self.keep),
            "on_bad_rows": self.on_bad_rows,
            "batch_rows": self.batch_rows,
            "batches_per_part": self.batches_per_part,
            "engine": self.engine,
        }


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    rows: int
    rejected: int
    output: Path
    rejects: Path | None
    resumed: int
    seconds: float
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)
