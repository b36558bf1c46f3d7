"""A table of all estimators, made from the package itself: a name, its kind, its first line."""

import inspect

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from skcook.utils import all_estimators

KINDS = ("classifier", "regressor", "transformer")


class EstimatorTable(SphinxDirective):
    """The directive ``estimator-table``."""

    def run(self) -> list:
        """Return the table."""
        kinds = {kind: dict(all_estimators(kind)) for kind in KINDS}
        lines = ["| Estimator | Kind | What it does |", "| --- | --- | --- |"]
        for name, cls in all_estimators():
            # A meta-estimator may be of several kinds.
            kind = ", ".join(kind for kind in KINDS if name in kinds[kind]) or "other"
            told = inspect.getdoc(cls).partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
            link = f"{{py:obj}}`{name} <{cls.__module__}.{name}>`"
            lines.append(f"| {link} | {kind} | {told} |")
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("estimator-table", EstimatorTable)
    return {"parallel_read_safe": True}
