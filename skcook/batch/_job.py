"""What a batch run is asked to do, and what it did."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One run, as the command line or `score` describes it.

    Parameters
    ----------
    model : Path
        The saved model.
    source : Path
        A file or a folder of rows.
    output : Path
        Where the scores go.
    outputs : tuple of {"predict", "proba"}
        What is computed for each row.
    explain : int
        How many reasons a row gets; 0 for none.
    recommend : int
        How many items a user gets; 0 for none.
    keep : tuple of str
        Columns of the input that are copied to the output.
    on_bad_rows : {"stop", "reject"}
        Whether a row that does not fit ends the run or goes to `rejects`.
    rejects : Path
        Where rejected rows go, as JSON lines.
    batch_rows : int
        Rows scored at once.
    batches_per_part : int
        Batches a part; what a killed run loses at most.
    input_format : str or None
        Format of the input; None tells it from the ending.
    resume, overwrite : bool
        Go on with an unfinished run; replace what is there.
    engine : {"local", "dask"}
        Who does the work.
    scheduler : str or None
        Address of a Dask scheduler; None starts one on this machine.
    workers : int
        Number of workers of a scheduler started here.
    trusted : tuple of str
        Types that the model file may hold beyond the allowed ones.
    allow_pickle : bool
        Whether the model may be a pickle.
    """

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
    """What a run did.

    Parameters
    ----------
    rows : int
        Rows scored.
    rejected : int
        Rows set aside.
    output : Path
        Where the scores are.
    rejects : Path or None
        Where the rejected rows are, if there are any.
    resumed : int
        Rows that an earlier run had already gone through.
    seconds : float
        How long it took.
    warnings : Counter of (str, str)
        How often each column had each unusual but allowed value.
    """

    rows: int
    rejected: int
    output: Path
    rejects: Path | None
    resumed: int
    seconds: float
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)
