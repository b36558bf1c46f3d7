"""The public address of a public name.

A class says in its ``__module__`` where users import it from, and not in which private file it is
written. So tracebacks, reprs and saved files name the public package, and moving a private file
breaks nobody's file. The habit is httpx's.
"""

from typing import Any


def publish(package: dict[str, Any]) -> None:
    """Let every name in a package's ``__all__`` say that it comes from that package.

    >>> from skcook.preprocessing import NumericImputer
    >>> NumericImputer.__module__
    'skcook.preprocessing'
    """
    for name in package["__all__"]:
        member = package[name]
        if getattr(member, "__module__", "").startswith("skcook."):
            member.__module__ = package["__name__"]
