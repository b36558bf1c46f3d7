"""What the pages say of each other, made from the names that they use.

A public name in code font (``Leaderboard``, ``artifacts.save``) on a page of the guide links to its
API page; an API page lists the pages of the guide that name it. Neither list is written by hand. A
picture of the gallery without a description gets its example's question.
"""

import importlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms import SphinxTransform

import skcook

DOCS = Path(__file__).parent.parent
PAGES = [DOCS / "getting_started.md", *sorted(DOCS.glob("user_guide/*.md"))]
PARTS = [name for name in skcook._SUBPACKAGES if name not in ("base", "utils")]


def public_names() -> dict[str, str]:
    """Return what a page may write for a public name, and the full name."""
    names = {}
    for part in PARTS:
        for name in getattr(importlib.import_module(f"skcook.{part}"), "__all__", ()):
            full = f"skcook.{part}.{name}"
            names[full] = names[f"{part}.{name}"] = full
            # `save` and `report` are words of English; a name that stands alone must be a name.
            if name != name.lower() or "_" in name:
                names.setdefault(name, full)
    return names


def named_on(text: str, names: dict[str, str]) -> set[str]:
    """Return the full names that a page writes, in its text or in its code."""
    words = set(re.findall(r"[A-Za-z_][\w.]*\w", text))
    return {names[word] for word in words & names.keys()}


def guides() -> dict[str, list[str]]:
    """Return for each public name the pages of the guide that have it, as Sphinx writes them."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        place = "/" + page.relative_to(DOCS).with_suffix("").as_posix()
        for full in named_on(page.read_text(), public_names()):
            found.setdefault(full, []).append(place)
    return found


class LinkNames(SphinxTransform):
    """Turn the first of each public name in code font of a section into a link."""

    default_priority = 600
    names: dict[str, str] = {}

    def apply(self, **kwargs) -> None:
        if self.env.docname.startswith(("api/", "gallery/")):
            return
        LinkNames.names = LinkNames.names or public_names()
        seen = set()
        for literal in list(self.document.findall(nodes.literal)):
            written = re.match(r"[\w.]*", literal.astext())[0]
            full = self.names.get(written)
            section = next((p for p in _parents(literal) if isinstance(p, nodes.section)), None)
            inside = [p for p in _parents(literal) if isinstance(p, nodes.reference | pending_xref)]
            title = isinstance(literal.parent, nodes.title)
            if full is None or inside or title or (id(section), full) in seen:
                continue
            seen.add((id(section), full))
            link = pending_xref(
                "", refdomain="py", reftype="obj", reftarget=full, refwarn=False, refexplicit=True
            )
            link["refdoc"] = self.env.docname
            literal.replace_self(link)
            link += literal


def titles() -> dict[str, str]:
    """Return the question of each gallery example, by the stem of its file."""
    examples = DOCS.glob("examples/*/plot_*.py")
    return {path.stem: path.read_text().splitlines()[1] for path in examples}


class DescribePictures(SphinxTransform):
    """Give a picture of the gallery that has no description the question of its example."""

    default_priority = 600

    def apply(self, **kwargs) -> None:
        for picture in self.document.findall(nodes.Element):
            alt = picture.get("alt")
            made = re.search(r"sphx_glr_(plot_\w+?)_(?:\d{3}|thumb)", picture.get("uri", ""))
            if made and alt is not None and alt in ("", made[1].replace("_", " ")):
                picture["alt"] = titles().get(made[1], alt)


def _parents(node):
    """Yield what a node stands in, from the inside out."""
    while node.parent is not None:
        node = node.parent
        yield node


def setup(app):
    """Register the transforms."""
    app.add_transform(LinkNames)
    app.add_transform(DescribePictures)
    return {"parallel_read_safe": True}
