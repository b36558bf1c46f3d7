"""What has to be true of the pages that were built; a build of which it is not fails.

Every link and picture inside the documentation leads somewhere, anchors included; addresses outside
are well formed (they are not visited: a build needs no network); every picture has a description;
and the search knows the words by which people look for things.
"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.errors import SphinxError
from sphinx.search.en import SearchEnglish

LINK = re.compile(r"\s(?:href|src)=\"([^\"]*)\"")
ANCHOR = re.compile(r"\s(?:id|name)=\"([^\"]+)\"")
PICTURE = re.compile(r"<img\b(?:[^>\"]|\"[^\"]*\")*>")
DESCRIBED = re.compile(r"\balt=\"[^\"]+\"")

#: What people look for, and a page that has to be among what they find.
SEARCHES = {
    "progress bar": "user_guide/explain",
    "counterfactual": "user_guide/explain",
    "wrong sign": "user_guide/explain",
    "what would change": "user_guide/explain",
    "model card": "user_guide/artifacts",
    "early stopping": "user_guide/models",
    "cold start": "user_guide/recommend",
    "missing values": "user_guide/preprocessing",
    "dates": "user_guide/preprocessing",
    "data leak": "user_guide/review",
    "docker": "user_guide/deploy",
    "parquet": "user_guide/batch",
    "stop words": "user_guide/text",
}


def dead_links(root: Path) -> Iterator[str]:
    """Yield the links of a folder of pages that lead nowhere, with the page that has them."""
    pages = {page: page.read_text(encoding="utf-8") for page in sorted(root.rglob("*.html"))}
    anchors = {page: {html.unescape(a) for a in ANCHOR.findall(pages[page])} for page in pages}
    for page, text in pages.items():
        for link in {html.unescape(link) for link in LINK.findall(text)}:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                sound = "." in parts.netloc or parts.hostname in ("localhost", "127.0.0.1")
            elif parts.scheme:
                sound = parts.scheme in ("mailto", "data") and "%40" not in link
            else:
                target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                target = target / "index.html" if target.is_dir() else target
                fragment = unquote(parts.fragment)
                sound = target.exists() and (
                    not fragment or target not in anchors or fragment in anchors[target]
                )
            if not sound:
                yield f"{page.relative_to(root)}: {link} leads nowhere"


def bare_pictures(root: Path) -> Iterator[str]:
    """Yield the pictures without a description, with the page that has them."""
    for page in sorted(root.rglob("*.html")):
        for picture in PICTURE.findall(page.read_text(encoding="utf-8")):
            if not DESCRIBED.search(picture):
                yield f"{page.relative_to(root)}: {picture[:120]} has no description"


def missed_searches(index: Path, searches: dict[str, str]) -> Iterator[str]:
    """Yield the searches that do not find the page that they are for."""
    text = index.read_text(encoding="utf-8")
    found = json.loads(text[text.index("{") : text.rindex("}") + 1])
    language = SearchEnglish({})
    for words, page in searches.items():
        pages: set[int] | None = None
        for word in set(words.split()) - language.stopwords:
            numbers: set[int] = set()
            for kind in ("terms", "titleterms"):
                numbers.update(_numbers(found[kind].get(language.stem(word), [])))
            pages = numbers if pages is None else pages & numbers
        if page not in {found["docnames"][number] for number in pages or ()}:
            yield f"a search for {words!r} does not find {page}"


def _numbers(entry: int | list[int]) -> list[int]:
    """Return the pages of a word of Sphinx's index, which writes one alone without a list."""
    return entry if isinstance(entry, list) else [entry]


def check(app, error) -> None:
    """Fail the build if something of what has to be true is not."""
    if error is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    problems = [
        *dead_links(root),
        *bare_pictures(root),
        *missed_searches(root / "searchindex.js", SEARCHES),
    ]
    if problems:
        raise SphinxError("\n".join([f"{len(problems)} problems:", *problems[:50]]))


def setup(app):
    """Check after everything is written."""
    app.connect("build-finished", check, priority=900)
    return {"parallel_read_safe": True}
