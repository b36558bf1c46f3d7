"""Real documents for tests: the docstrings of the libraries that are installed anyway."""

import random
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = ("sklearn", "scipy", "numpy", "pandas", "matplotlib", "networkx", "nltk", "joblib")
_DOCSTRING = re.compile(r'"""(.+?)"""', re.DOTALL)

#: Pieces on which NLTK's rules act, or on which they could go wrong.
_NLTK_PIECES = """
' " '' `` . .. ... , : ; ( ) [ ] { } < > - -- $ % & @ # * ! ? « » ‘ “ ” — … / 1:2 3 3.5 1,000
a B word The Mr U.S e.g etc don can not n't 's 'll cannot gonna wanna gimme 'tis é
"""
PIECES = (
    *_NLTK_PIECES.split(),
    *([" "] * 5),
    *("  ", "\n", "\t", "\xa0", "\x1c", "\x0b", "\u2028", "\ue000", "\x00", "\ud800", "\u2019"),
)


@lru_cache(maxsize=1)
def _all_documents() -> tuple[str, ...]:
    found: dict[str, None] = {}
    for library in _LIBRARIES:
        spec = find_spec(library)
        if spec is None or spec.origin is None:
            continue
        for path in sorted(Path(spec.origin).parent.rglob("*.py")):
            for text in _DOCSTRING.findall(path.read_text("utf-8", errors="replace")):
                for paragraph in text.split("\n\n"):
                    if len(paragraph) >= 60:
                        found[paragraph] = None
    documents = list(found)
    random.Random(0).shuffle(documents)
    return tuple(documents)


def real_documents(n: int) -> list[str]:
    """Return paragraphs of docstrings, always the same ones for the same libraries."""
    documents = _all_documents()
    assert len(documents) >= n, f"the installed libraries hold {len(documents)} paragraphs only"
    return list(documents[:n])


def fuzz_strings(n: int, seed: int = 7) -> list[str]:
    """Return strings of pieces that are made to go wrong."""
    rng = random.Random(seed)
    return ["".join(rng.choice(PIECES) for _ in range(rng.randint(1, 18))) for _ in range(n)]
