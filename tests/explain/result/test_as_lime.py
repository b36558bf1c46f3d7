import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from skcook.explain import ImageExplainer, TabularExplainer, TextExplainer

# lime opens its script file and never closes it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_classification(explanations):
    item, theirs = explanations[0], explanations[:1].as_lime()[0]
    assert theirs.as_list() == [(f.rule, f.weight) for f in item.features]
    assert theirs.score == item.r2
    assert theirs.intercept[1] == item.intercept
    assert "<html" in theirs.as_html()


def test_regression():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    explainer = TabularExplainer(Ridge().fit(X, y), n_samples=256, random_state=0).fit(X)
    ours = explainer.explain(X[:1])
    theirs = ours.as_lime()[0]
    assert dict(theirs.as_list()) == pytest.approx({f.rule: f.weight for f in ours[0].features})
    assert theirs.predicted_value == ours[0].prediction
    assert "<html" in theirs.as_html()


def test_text():
    explainer = TextExplainer(lambda texts: ["good" in text for text in texts]).fit()
    ours = explainer.explain(["a good <b>film</b>"])
    (theirs,) = ours.as_lime()
    assert theirs.as_list() == [(f.feature, f.weight) for f in ours[0].features]
    assert theirs.as_list()[0] == ("good", pytest.approx(1, rel=0.02))
    assert "<html" in theirs.as_html()


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 1), (6, 6, 3)], ids=["grey", "one", "colour"])
def test_image(shape):
    def top_against_bottom(images):
        images = images.reshape(len(images), 6, -1).astype(float)
        return images[:, :3].mean(axis=(1, 2)) - images[:, 3:].mean(axis=(1, 2))

    def halves(image):
        return np.repeat([0, 1], 3)[:, None] * np.ones(6, int)

    explainer = ImageExplainer(top_against_bottom, segmenter=halves, hide_color=0).fit()
    ours = explainer.explain(np.full((1, *shape), 9, np.uint8))
    (theirs,) = ours.as_lime()
    assert dict(theirs.local_exp[1]) == {f.value: f.weight for f in ours[0].features}
    assert theirs.local_pred[1] == ours[0].local_prediction
    image, mask = theirs.get_image_and_mask(1, positive_only=False, min_weight=0)
    assert image.shape == (6, 6, 3)
    assert mask[:3].min() == 1
    assert mask[3:].max() == -1
