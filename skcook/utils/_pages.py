"""Pages and parts of pages in HTML, filled from the template files of a package."""

from functools import cache
from html import escape
from importlib import resources
from string import Template


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
