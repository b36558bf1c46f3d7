"""The command ``skcook-serve``: read the arguments, build the settings, call.

Nothing heavy is imported before the arguments are understood.
"""

import argparse
import json
import logging
import os
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from skcook.serve._config import ServeConfig, options
from skcook.serve.process._file_commands import COMMANDS
from skcook.serve.process._host import freeze_after_startup, listen, pin_to_one_cpu
from skcook.serve.process._workers import Serve, StartError, announce_once, run_workers
from skcook.utils import import_optional
from skcook.utils._progress import printable

USAGE_ERROR = 2
_LAST_PORT = 65_535

_DESCRIPTION = """\
Serve saved models: a JSON API, its description, and a web page with a form and explanations.
"""
_EPILOG = """\
examples:
  skcook-serve income.skcook               serve one model at http://127.0.0.1:8080/
  skcook-serve --demo                      fit a small model on real data and serve it
  skcook-serve a.skcook churn=b.skcook     two models; the second is called "churn"
  skcook-serve --host 0.0.0.0 m.skcook     let other machines in
  skcook-serve --workers 4 m.skcook        one address, four processes
  skcook-serve inspect m.skcook            what is in it, and what it would need trust for
  skcook-serve dockerfile m.skcook         write a Dockerfile for it
  skcook-serve export onnx m.skcook m.onnx write it as a model of ONNX
  skcook-serve export html m.skcook m.html write its page as a file that predicts alone
"""


def parser() -> argparse.ArgumentParser:
    """Return what understands the arguments."""
    top = argparse.ArgumentParser(
        prog="skcook-serve",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("model", nargs="*", metavar="MODEL", help="a model file, or NAME=FILE")
    top.add_argument("--demo", action="store_true", help="fit a small model and serve it")
    top.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    top.add_argument("--port", type=int, default=None, help="0 is any free one ($PORT, or 8080)")
    top.add_argument("--threads", type=int, default=32, help="requests at a time (%(default)s)")
    top.add_argument(
        "--workers",
        type=_count,
        default=1,
        help="processes; each has its models, threads and limits (%(default)s)",
    )
    top.add_argument(
        "--engine",
        choices=["waitress", "granian"],
        default="waitress",
        help="what reads and writes HTTP; granian is quicker, an extra (%(default)s)",
    )
    groups = {name: top.add_argument_group(name) for name in ("limits", "speed", "safety", "other")}
    for item in options():
        facts = item.metadata
        default = list(item.default) if isinstance(item.default, tuple) else item.default
        flag = facts["flag"] or f"--{item.name.replace('_', '-')}"
        groups[facts["group"]].add_argument(
            flag, dest=item.name, default=default, **facts["argparse"]
        )
    groups["speed"].add_argument(
        "--pin",
        choices=["auto", "yes", "no"],
        default="auto",
        help="keep each process on one CPU; auto decides by the models (%(default)s)",
    )
    groups["other"].add_argument(
        "--log-level", default="info", choices=["debug", "info", "warning", "error"]
    )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    given = list(sys.argv[1:] if argv is None else argv)
    if "serve" in given and not Path("serve").exists():
        # SageMaker starts every image with this one argument.
        given.remove("serve")
    # Requests share calls of the model; threads inside a call would only fight over the CPU.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        if given and given[0] in COMMANDS:
            return COMMANDS[given[0]](given[1:])
        return _serve(given)
    except Exception as exc:
        # Asked for only now: these names come with heavy libraries.
        if isinstance(exc, _expected_errors()):
            print(f"skcook-serve: {printable(str(exc))}", file=sys.stderr)
            return USAGE_ERROR
        raise


def _serve(given: list[str]) -> int:
    top = parser()
    arguments = top.parse_args(given)
    if not arguments.model and not arguments.demo:
        top.error("give a model file, or --demo")
    _configure_log(arguments.log_level)
    return _run(arguments)


def _expected_errors() -> tuple[type[Exception], ...]:
    from skcook.exceptions import SkcookError

    return (SkcookError, OSError, ValueError)


def _run(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    if arguments.engine == "granian":
        import_optional("granian", feature="skcook-serve --engine granian", extra="granian")
    with tempfile.TemporaryDirectory(prefix="skcook-") as name:
        folder = Path(name)
        if arguments.demo:
            from skcook.serve.process._file_commands import save_demo

            started = time.perf_counter()
            if arguments.workers > 1:
                # Workers are copies of their parent, which stays small.
                fitting = get_context("fork").Process(target=save_demo, args=(folder,))
                fitting.start()
                fitting.join()
            else:
                save_demo(folder)
            print(f"Fitted the demo model in {time.perf_counter() - started:.1f} s.", flush=True)
        with listen(arguments.host, _port(arguments.port)) as listener:
            if arguments.workers > 1:
                code = _run_workers(arguments, config, folder, listener)
            else:
                app = _prepare(arguments, config, folder, listener)
                _serve_with(arguments)(app, listener, None)
                code = 0
    if not code:
        print("Stopped.", flush=True)
    return code


def _run_workers(
    arguments: argparse.Namespace, config: ServeConfig, folder: Path, listener: socket.socket
) -> int:
    def load(number: int) -> Any:
        _configure_log(arguments.log_level, worker=number)
        try:
            return _prepare(arguments, config, folder, listener, number)
        except _expected_errors() as exc:
            raise StartError(str(exc)) from exc

    return run_workers(load, _serve_with(arguments), arguments.workers, listener, folder)


def _serve_with(arguments: argparse.Namespace) -> Serve:
    """Return what answers requests, by the engine that was asked for."""

    def serve(app: Any, listener: socket.socket, parent: int | None) -> None:
        if arguments.engine == "granian":
            from skcook.serve.process._granian_server import serve as run
        else:
            from skcook.serve.process._server import serve as run
        run(app, listener, threads=arguments.threads, parent=parent)

    return serve


def _prepare(
    arguments: argparse.Namespace,
    config: ServeConfig,
    folder: Path,
    listener: socket.socket,
    number: int = 0,
) -> Any:
    """Return the application, after saying that it is ready."""
    from skcook.serve import create_app
    from skcook.serve.http._routes import state_of
    from skcook.serve.process._file_commands import DEMO_FILE

    models = [_named(item) for item in arguments.model]
    if arguments.demo:
        models.append(_named(str(folder / DEMO_FILE)))
    app = create_app(models, config)
    loaded = state_of(app).models
    wants_pin = arguments.pin == "yes" or (
        arguments.pin == "auto" and config.batching and loaded.single_threaded()
    )
    freeze_after_startup()
    pinned = wants_pin and pin_to_one_cpu(number)
    # From here on connections wait for an answer; before, they are refused.
    listener.listen(1024)
    announce_once(
        folder,
        lambda: _announce(arguments, loaded.names(), listener.getsockname()[1], pinned),
    )
    return app


def _announce(arguments: argparse.Namespace, names: list[str], port: int, pinned: bool) -> None:
    every = arguments.host in ("0.0.0.0", "::")  # noqa: S104 - it is only compared
    host = "127.0.0.1" if every else arguments.host
    note = ""
    if arguments.workers > 1:
        note = f", with {arguments.workers} workers" + (" on one CPU each" if pinned else "")
    elif pinned:
        note = ", on one CPU"
    url = f"http://{host}:{port}/"
    print(f"Serving {', '.join(names)} at {url}{note}. Press Ctrl-C to stop.", flush=True)


def _config(arguments: argparse.Namespace) -> ServeConfig:
    given = {item.name: getattr(arguments, item.name) for item in options()}
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    return ServeConfig(**given | lists)


def _named(item: str) -> Any:
    """Return the source that an argument means: FILE, or NAME=FILE."""
    from skcook.artifacts.file._members import name_of, place_of
    from skcook.serve.model._registry import Source

    name, equals, path = item.partition("=")
    if equals and "://" not in name and not Path(item).exists():
        return Source(name, place_of(path))
    place = place_of(item)
    return Source(Path(name_of(place)).stem, place)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 1 on; got {text!r}")
    return int(text)


def _port(given: int | None) -> int:
    if given is not None:
        if not 0 <= given <= _LAST_PORT:
            raise ValueError(f"--port must be from 0 to {_LAST_PORT}; got {given}.")
        return given
    for variable in ("AIP_HTTP_PORT", "PORT"):
        if text := os.environ.get(variable):
            if not text.isdecimal() or int(text) > _LAST_PORT:
                raise ValueError(f"${variable} must be a port number; got {text!r}.")
            return int(text)
    return 8080


class _JsonLines(logging.Formatter):
    """One JSON object per line; the message is the event's name."""

    def __init__(self, **always: Any) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **self._always,
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # The text of an exception may hold a row's values, so only its type and place are kept.
            line["exception"] = record.exc_info[0].__qualname__
            line["frames"] = [
                f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, default=str)


def _configure_log(level: str, **always: Any) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines(**always))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
