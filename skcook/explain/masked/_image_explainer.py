"""LIME for images: which regions made the model say what it said."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from skcook.explain.masked._image_reader import FILLINGS, read_images
from skcook.explain.masked._masked_explainer import MaskedExplainer
from skcook.explain.masked._masked_explanations import ImageExplanation
from skcook.utils._frames import is_frame
from skcook.utils._sklearn import Interval, StrOptions


class ImageExplainer(MaskedExplainer):
    """Explain a model's outputs for images by their regions.

    LIME: each image is cut into superpixels and shown to the model with about half of them hidden,
    many times over; a weighted ridge regression on which were visible says what each adds.

    Parameters
    ----------
    estimator : estimator or callable
        The model: fitted, or else fitted by ``fit(X, y)``. It is asked with arrays in the form that
        `explain` gets: rows of pixels (for any estimator of scikit-learn), or images.
    segmenter : {"quickshift", "slic", "grid"} or callable, default="quickshift"
        What cuts images: scikit-image's algorithms; squares, for small images; or a function from
        an image to a label for each pixel.
    n_samples : int, default=1000
        How many masks an image gets. An image with no more combinations of superpixels than that
        is explained by all of them, without sampling error; repeated masks are asked once.
    hide_color : {"auto", "mean", "black", "white", "blur"}, float or array-like of shape \
            (n_channels,), default="auto"
        What a hidden superpixel looks like: its average colour ("mean", also None), black, white,
        the blurred image, or a colour of your own. "auto" is "mean", unless another of these moves
        the model clearly more: four times as much over 16 masks. The explanation says which.
    shape : tuple of int, default=None
        What image a row of pixels is: (height, width), (height, width, n_channels) or (n_channels,
        height, width). None: as in the images given to ``fit``, or of any size.
    n_features : int, default=None
        How many superpixels an explanation has at most; None for all.
    kernel_width : float, default=0.25
        Width of the kernel; the distance is 1 minus the cosine of mask and image.
    alpha : float, default=0.001
        Strength of the ridge penalty; LIME's is 1.
    feature_selection : {"auto", "highest_weights", "forward_selection", "lasso_path", "none"}, \
            default="auto"
        How superpixels are chosen. "auto" fits all, shows the largest weights and sums the others
        (with fewer than 3 masks per superpixel it is "highest_weights"). LIME's own methods choose
        `n_features` first, and fit those alone.
    sampling : {"paired", "iid"}, default="paired"
        Whether every second mask shows what the one before hides: the same law, and a smaller
        error. "iid" is LIME's own.
    response_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        What is explained. "auto": probabilities of a classifier, or else its decision
        function; predictions of anything else.
    batch_rows : int, default=None
        Most images in one call of the model; None is as many as fill 8 MB, up to 4096.
    n_jobs : int, default=None
        Threads that explain batches side by side.
    verbose : int, default=1
        A progress bar on standard error: 1 in a terminal or a notebook, once it takes longer than a
        second; 2 in any case; 0 never.
    random_state : int, RandomState instance or None, default=None
        Seed of the masks and of "quickshift". A fitted explainer repeats itself in any case.

    Attributes
    ----------
    estimator_ : estimator or callable
        The fitted model.
    method_ : str
        What the model is asked.
    seed_ : int
        Seed of the masks.
    shape_ : tuple of int or None
        Shape of an image; None for any.

    See Also
    --------
    TextExplainer : The same for the words of a text.

    References
    ----------
    Ribeiro M. T., Singh S., Guestrin C. (2016), "Why should I trust you? Explaining the predictions
    of any classifier", KDD.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skcook.explain import ImageExplainer
    >>> X, y = load_digits(return_X_y=True)
    >>> model = LogisticRegression(max_iter=5000).fit(X / 16, y)
    >>> explainer = ImageExplainer(
    ...     model, segmenter="grid", hide_color=0, shape=(8, 8), random_state=0
    ... ).fit()
    >>> explanation = explainer.explain(X[:1] / 16)[0]
    >>> explanation.target, len(explanation.features)
    (0, 64)
    >>> explainer.explain(X[0].reshape(8, 8))
    Traceback (most recent call last):
    ...
    ValueError: X is one image; a sequence of images is expected. Write [image].
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MaskedExplainer._parameter_constraints,
        "segmenter": [StrOptions({"quickshift", "slic", "grid"}), callable],
        "hide_color": [StrOptions({"auto", *FILLINGS}), Real, "array-like", None],
        "shape": ["array-like", None],
        "batch_rows": [Interval(Integral, 1, None, closed="left"), None],
    }
    _sizes = "coin"
    _unit = " images"
    _explanation = ImageExplanation

    def __init__(
        self,
        estimator=None,
        *,
        segmenter="quickshift",
        n_samples=1000,
        hide_color="auto",
        shape=None,
        n_features=None,
        kernel_width=0.25,
        alpha=0.001,
        feature_selection="auto",
        sampling="paired",
        response_method="auto",
        batch_rows=None,
        n_jobs=None,
        verbose=1,
        random_state=None,
    ):
        self.estimator = estimator
        self.segmenter = segmenter
        self.n_samples = n_samples
        self.hide_color = hide_color
        self.shape = shape
        self.n_features = n_features
        self.kernel_width = kernel_width
        self.alpha = alpha
        self.feature_selection = feature_selection
        self.sampling = sampling
        self.response_method = response_method
        self.batch_rows = batch_rows
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    def _fit_for(self, model, X, y):
        self.shape_ = None if self.shape is None else tuple(int(length) for length in self.shape)
        if self.shape_ is not None and (len(self.shape_) not in (2, 3) or min(self.shape_) < 1):
            raise ValueError(
                f"shape={self.shape!r}; (height, width) or (height, width, n_channels) is expected."
            )
        super()._fit_for(model, X, y)
        if self.shape_ is None and X is not None and not is_frame(X):
            self.shape_ = tuple(np.shape(X)[1:])
        return self

    def _reader(self, model, X):
        return read_images(self, model, X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags
