"""Where each page comes from, for its link "Edit this page".

A page that is made has its source elsewhere: that of a gallery example is the example, that of an
API page the module with the docstring.
"""

import importlib
import inspect
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EDIT = "https://github.com/skcook/skcook/edit/main/"
#: Pages that only include a file of the root.
INCLUDED = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}


def source_of(page: str) -> str | None:
    """Return the file that makes a page, from the root of the repository; None if none does."""
    if page in INCLUDED:
        return INCLUDED[page]
    if page.startswith("api/generated/"):
        module, _, name = page.removeprefix("api/generated/").rpartition(".")
        member = getattr(importlib.import_module(module), name)
        # A class says that it is of its package; its functions know the file that they are in,
        # those apart that a decorator made.
        functions = [f for f in getattr(member, "__dict__", {}).values() if inspect.isfunction(f)]
        files = (Path(inspect.getfile(inspect.unwrap(f))) for f in [*functions, member])
        inside = (file.relative_to(ROOT) for file in files if file.is_relative_to(ROOT))
        return next(inside).as_posix()
    made = page.replace("gallery/", "docs/examples/", 1)
    candidates = [f"docs/{page}.md", f"{made}.py"]
    if page.startswith("gallery/"):
        candidates.append(made.removesuffix("index") + "GALLERY_HEADER.rst")
    return next((place for place in candidates if (ROOT / place).is_file()), None)


def add_link(app, pagename, templatename, context, doctree) -> None:
    """Tell the theme where the page can be edited."""
    place = source_of(pagename)
    context["theme_source_edit_link"] = EDIT + place if place else ""


def setup(app):
    """Ask for the source of every page."""
    app.connect("html-page-context", add_link)
    return {"parallel_read_safe": True}
