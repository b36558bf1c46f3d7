"""The settings of a server, as one frozen dataclass that is passed in.

The command line is built from them, and takes them by the same names but for a few shorter ones.
"""

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

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


def _option(
    value: Any,
    group: str,
    help: str,  # noqa: A002
    *,
    flag: str | None = None,
    **argparse: Any,
) -> Any:
    """Return a field with its option of the command line; `flag` if that has another name."""
    if "action" not in argparse:
        argparse.setdefault("type", type(value))
    facts = {"group": group, "flag": flag, "argparse": {"help": help, **argparse}}
    return field(default=value, metadata=facts)


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

    max_bytes: int = _option(10_000_000, "limits", "of a body")
    max_rows: int = _option(10_000, "limits", "of a request")
    timeout: float = _option(30.0, "limits", "seconds per request")
    max_queue: int = _option(20_000, "limits", "rows waiting")
    batching: bool = _option(
        True, "speed", "call the model for each request",
        flag="--no-batching", action="store_false",
    )  # fmt: skip
    batch_window: float = _option(0.02, "speed", "seconds (%(default)s)")
    batch_rows: int = _option(256, "speed", "rows in a call")
    connections: int = _option(1000, "limits", "at a time")
    header_timeout: float = _option(10.0, "limits", "seconds for the head of a request")
    api_key_file: str | Path | None = _option(
        None, "safety", "one key, or name:key, per line; or set $SKCOOK_API_KEYS", type=Path
    )
    cors_origins: tuple[str, ...] = _option(
        (), "safety", "a site", flag="--cors", action="append", metavar="ORIGIN"
    )
    trusted: tuple[str, ...] = _option(
        (), "safety", "allow a type", flag="--trust", action="append", metavar="TYPE"
    )
    allow_pickle: bool = _option(
        False, "safety", "load .joblib and .pkl files", action="store_true"
    )
    verify_key: str | bytes | Path | None = _option(
        None, "safety", "refuse files not signed with this key", type=Path, metavar="FILE"
    )
    reload_interval: float = _option(2.0, "other", "0 never reloads")
    plan: bool = _option(
        True, "speed", "call the model itself for each row", flag="--no-plan", action="store_false"
    )
    front: bool = _option(
        True, "speed", "answer every request by Flask", flag="--no-front", action="store_false"
    )
    pages: bool = _option(
        True, "other", "only the API, no web pages", flag="--no-pages", action="store_false"
    )
    root_path: str = _option("", "other", "behind a proxy: /penguins", metavar="PREFIX")
    review: str | Path | None = _option(
        None, "other", "let people judge reasons; write JSON lines", type=Path, metavar="FILE"
    )
    review_rows: bool = _option(
        False, "other", "keep the judged values in that file, too", action="store_true"
    )
    escape_csv: bool = _option(
        True, "other", "leave formulas in CSV answers as they are",
        flag="--no-csv-escape", action="store_false",
    )  # fmt: skip

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


def options() -> list[Any]:
    """Return the settings, each with its option of the command line."""
    return list(fields(ServeConfig))
