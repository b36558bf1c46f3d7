"""What differs between pandas and polars is known in few files, which are named here.

The numbers may only get smaller: whoever takes branches out of a package lowers its number.
"""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent / "skcook"

#: A question about the library or the dtype class of a column or a frame.
BRANCH = re.compile(
    r"""isinstance\([^()]*(?:\([^()]*\))?[^()]*\bpd\.|sys\.modules(?:\.get\(|\[)["']polars["']"""
    r"""|is_polars\(\)|is_pandas\(\)"""
)

#: The column kit itself, where such questions belong.
KIT = {"_frames.py", "_columns.py", "_packing.py", "_keys.py"}

#: Elsewhere: how many there are in a package, at most.
ALLOWED = {
    "artifacts": 20,
    "base": 3,
    "explain": 10,
    "models": 5,
    "preprocessing": 24,
    "recommend": 6,
    "review": 12,
    "text": 7,
}


def test_branches_by_container_stand_in_the_column_kit():
    found = Counter()
    for path in sorted(ROOT.rglob("*.py")):
        if path.parent.name != "utils" or path.name not in KIT:
            found[path.relative_to(ROOT).parts[0]] += len(BRANCH.findall(path.read_text()))
    more = {package: n for package, n in found.items() if n > ALLOWED.get(package, 0)}
    assert not more, "Ask utils/_columns.py, _packing.py or _frames.py instead."


def test_what_is_looked_for_is_found():
    assert BRANCH.findall("if isinstance(native, pd.Series):")
    assert BRANCH.findall('sys.modules["polars"]')
    assert BRANCH.findall("isinstance(column.dtype, np.dtype | pd.StringDtype)")
    assert not BRANCH.findall("isinstance(value, str)")
