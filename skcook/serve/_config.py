"""The settings of a server, as one frozen dataclass that is passed in."""

import re
from dataclasses import dataclass, fields
from pathlib import Path

_POSITIVE = (
    "max_bytes",
    "max_rows",
    "timeout",
    "max_queue",
    "batch_rows",
    "connections",
    "header_timeout",
)
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True)
class ServeConfig:
    """Limits and switches of a server.

    Parameters
    ----------
    max_bytes : int, default=10_000_000
        Longest request body, in bytes; a longer one gets status 413.
    max_rows : int, default=10_000
        Most rows in one request; more get status 413.
    timeout : float, default=30.0
        Seconds that a request may wait for the model; then it gets status 504.
    max_queue : int, default=20_000
        Most rows that wait for one method of one model; then a request gets status 503.
    batching : bool, default=True
        Whether requests that arrive together share one call of the model.
    batch_window : float, default=0.02
        Longest time, in seconds, that a request waits for others to join it.
    batch_rows : int, default=256
        Most rows in a shared call. A request with more rows goes alone.
    connections : int, default=1000
        Most connections; beyond them idle ones make room for new ones.
    header_timeout : float, default=10.0
        Seconds within which the head of a request must have come.
    api_key_file : str, Path or None, default=None
        File with one API key per line, which may have a name for the log: ``name:key``. The
        environment variable ``SKCOOK_API_KEYS`` adds keys, separated by commas. With neither, none
        is asked for. A file that changes is read again; while it holds none, no key is valid.
    cors_origins : tuple of str, default=()
        Origins of other sites whose pages may call the API; ``"*"`` stands for all.
    trusted : tuple of str, default=()
        Names of types that a model file may hold beyond those that are always allowed.
    allow_pickle : bool, default=False
        Whether ``.joblib`` and ``.pkl`` files may be loaded. They run code while they load.
    verify_key : str, bytes, Path or None, default=None
        Key that every model file must be signed with: an Ed25519 public key or the shared secret,
        itself or as the path of its file. A file that is replaced must be signed too.
    reload_interval : float, default=2.0
        Seconds between two looks at the model files for a newer one; 0 never looks.
    plan : bool, default=True
        Whether rows are answered by the model's plan (`skcook.plan`), where it has one.
    front : bool, default=True
        Whether a common request for predictions is answered before Flask, with the same answer. An
        application to which hooks were added, such as ``app.before_request``, always asks Flask.
    pages : bool, default=True
        Whether to serve the web pages beside the API.
    root_path : str, default=""
        Prefix of the addresses where a proxy serves this server, such as "/penguins".
    review : str, Path or None, default=None
        File that takes what people say about reasons, one JSON line per verdict; None turns
        reviews off. `skcook.review.Corrections.from_feedback` reads it.
    review_rows : bool, default=False
        Whether that file also keeps the value that a judged reason had in its row.
    escape_csv : bool, default=True
        Whether cells of CSV answers that a spreadsheet would take for a formula get a ``'`` first.

    Examples
    --------
    >>> from skcook.serve import ServeConfig
    >>> ServeConfig(max_rows=100).max_rows
    100
    >>> ServeConfig(timeout=0)
    Traceback (most recent call last):
        ...
    ValueError: timeout must be greater than 0; got 0.
    """

    max_bytes: int = 10_000_000
    max_rows: int = 10_000
    timeout: float = 30.0
    max_queue: int = 20_000
    batching: bool = True
    batch_window: float = 0.02
    batch_rows: int = 256
    connections: int = 1000
    header_timeout: float = 10.0
    api_key_file: str | Path | None = None
    cors_origins: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    allow_pickle: bool = False
    verify_key: str | bytes | Path | None = None
    reload_interval: float = 2.0
    plan: bool = True
    front: bool = True
    pages: bool = True
    root_path: str = ""
    review: str | Path | None = None
    review_rows: bool = False
    escape_csv: bool = True

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than 0; got {getattr(self, name)!r}.")
        for name in ("batch_window", "reload_interval"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative; got {getattr(self, name)!r}.")
        if self.root_path and not _ROOT_PATH.fullmatch(self.root_path):
            raise ValueError(
                "root_path must be like '/penguins', of letters, digits and -._~ between "
                f"slashes, with none at its end; got {self.root_path!r}."
            )

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all settings, in order."""
        return [field.name for field in fields(cls)]
