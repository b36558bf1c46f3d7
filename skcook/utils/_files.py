"""Write files whole or not at all, and fill HTML pages from the template files of a package."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from string import Template


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, and put what was written there in the place of `path`.

    If the block raises, `path` stays as it was and nothing is left beside it.
    """
    mode = _mode_of(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; through a link, the file that it points to."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)  # a device or a pipe, which must not be replaced
        return
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _mode_of(path: Path) -> int:
    """Return the permissions of the file that is replaced, or those of any new file."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


@cache
def template(package: str, file: str) -> Template:
    """Return a template, or a style, of a package by its file's name."""
    folder = resources.files(package).joinpath("templates")
    return Template(folder.joinpath(file).read_text(encoding="utf-8"))


def fill(package: str, name: str, *, markup: dict[str, str] | None = None, **texts: object) -> str:
    """Fill a template: `texts` are escaped, `markup` is HTML already."""
    safe = {key: escape(str(text)) for key, text in texts.items()}
    return template(package, f"{name}.html").substitute(safe, **(markup or {}))


def fill_page(
    package: str, name: str, *, title: str, markup: dict[str, str] | None = None, **texts: object
) -> str:
    """Fill a template with a file of styles beside it, as a page of its own."""
    style = template(package, f"{name}.css").template.strip()
    body = fill(package, name, markup=markup, title=title, **texts).strip()
    return fill("skcook.utils", "page", title=title, markup={"style": style, "body": body})
