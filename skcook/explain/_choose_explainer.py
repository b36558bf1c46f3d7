"""The explainer of a saved model: the model itself, or one over the rows in its file."""

from typing import Any, Protocol

from skcook.explain.masked._image_explainer import ImageExplainer
from skcook.explain.masked._text_explainer import TextExplainer
from skcook.explain.tabular._tabular_explainer import TabularExplainer


class Explainable(Protocol):
    """What is read of an artifact."""

    @property
    def model(self) -> Any: ...
    @property
    def background(self) -> Any: ...
    @property
    def schema(self) -> Any: ...
    @property
    def manifest(self) -> dict[str, Any]: ...


#: Below this many pixels a side, squares are as good as superpixels that follow what is seen.
SMALL_IMAGE = 64


def explainer_of(artifact: Explainable) -> Any:
    """Return what explains the model of a file, or None: it has no background, or no target."""
    model, background = artifact.model, artifact.background
    if callable(getattr(model, "explain", None)) and not hasattr(model, "recommend"):
        return model
    if background is None or artifact.manifest.get("task") not in ("classifier", "regressor"):
        return None
    if artifact.schema.input == "texts":
        return TextExplainer(model, random_state=0).fit(background)
    if artifact.schema.input == "images":
        return ImageExplainer(model, **_cut(artifact.schema.columns[0])).fit(background)
    return TabularExplainer(model, random_state=0).fit(background)


def _cut(column: Any) -> dict[str, Any]:
    """Return how images of this size are cut: into some 64 parts, so that the cost is known."""
    if min(column.shape[:2]) >= SMALL_IMAGE:
        return {"segmenter": "slic", "random_state": 0}
    return {"segmenter": "grid", "hide_color": column.minimum, "random_state": 0}
