"""An explanation as an object of the lime library."""

from typing import TYPE_CHECKING, Any

import numpy as np

from skcook.utils._optional import import_optional

if TYPE_CHECKING:
    from skcook.explain.result._explanation import Explanation


def to_lime(explanation: "Explanation") -> Any:
    """Return an explanation as lime's own."""
    if explanation.kind == "image":
        return _image_to_lime(explanation)
    feature = "Explanations.as_lime"
    lime = import_optional("lime.explanation", feature=feature, extra="explain")
    tabular = import_optional("lime.lime_tabular", feature=feature, extra="explain")
    features = explanation.features
    mapper = tabular.TableDomainMapper(
        [f.feature for f in features],
        [str(f.value) for f in features],
        explanation.weights,
        categorical_features=list(range(len(features))),
        discretized_feature_names=[f.rule for f in features],
    )
    regression = explanation.target is None
    names = None if regression else [f"not {explanation.target}", str(explanation.target)]
    out = lime.Explanation(
        mapper, mode="regression" if regression else "classification", class_names=names
    )
    pairs = [(i, f.weight) for i, f in enumerate(features)]
    out.local_exp = {1: pairs}
    out.intercept = {1: explanation.intercept}
    out.score = explanation.r2
    out.local_pred = [explanation.local_prediction]
    if regression:
        out.predicted_value = explanation.prediction
        out.min_value = min(explanation.prediction, explanation.local_prediction)
        out.max_value = max(explanation.prediction, explanation.local_prediction)
        out.local_exp[0] = [(i, -weight) for i, weight in pairs]
        out.dummy_label = 1
    else:
        out.predict_proba = np.array([1 - explanation.prediction, explanation.prediction])
        out.top_labels = [1]
    return out


def _image_to_lime(explanation: "Explanation") -> Any:
    images = import_optional("lime.lime_image", feature="Explanations.as_lime", extra="explain")
    image, segments = explanation.source.image, explanation.source.segments
    if image.ndim == 2:
        image = image[..., None]
    if image.shape[2] == 1:
        # lime paints regions red and green.
        image = np.repeat(image, 3, axis=2)
    out = images.ImageExplanation(image, segments)
    out.local_exp = {1: [(f.value, f.weight) for f in explanation.features]}
    out.intercept = {1: explanation.intercept}
    out.score = {1: explanation.r2}
    out.local_pred = {1: explanation.local_prediction}
    return out
