"""The public address of a public name.

A class says in its ``__module__`` where users import it from, and not in which private file it is
written. So tracebacks, reprs and saved files name the public package, and moving a private file
breaks no saved file. The habit is httpx's.
"""

from typing import Any

#: Where the page of an estimator is; its HTML repr links there.
DOCUMENTATION = (
    "https://skcook.readthedocs.io/en/stable/api/generated/{estimator_module}.{estimator_name}.html"
)


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
        if hasattr(member, "_doc_link_module"):
            # scikit-learn's names for those who build on it; see its developer guide.
            member._doc_link_module = "skcook"
            member._doc_link_template = DOCUMENTATION
