"""LIME for texts: which words made the model say what it said."""

import re
from typing import Any, ClassVar

from skcook.explain.masked._masked_explainer import MaskedExplainer
from skcook.explain.masked._masked_explanations import TextExplanation
from skcook.explain.masked._text_reader import read_texts


class TextExplainer(MaskedExplainer):
    """Explain a model's outputs for texts by their words.

    LIME: each document is shown to the model with some of its words left out, thousands of times
    over, and a weighted ridge regression on which words were there says what each adds.

    The words are the tokens of the model's own vectorizer, `skcook.text.TextVectorizer` or one of
    scikit-learn, wherever it stands in the pipeline: emoji, "!!!" and single letters too, if it
    sees them. A pipeline with a `CountVectorizer`, `TfidfVectorizer`, `HashingVectorizer` or
    `TextVectorizer`, or with several side by side, reads a document once; any other model gets a
    list of texts, many documents in one call.

    Parameters
    ----------
    estimator : estimator or callable
        The model: fitted, or else fitted by ``fit(X, y)``. A callable gets a list of texts and
        returns one score, or one per class, for each.
    n_samples : int, default=5000
        How many masks a document gets. A text whose words have no more subsets than that
        (up to 12 words) is explained by all of them, without sampling error; repeated masks are
        asked once.
    split : str or callable, default=None
        What is a word: a regular expression of one, or a function from a text to its words, such
        as ``jieba.lcut``. None is the model's own tokens if its vectorizer tells them, else a rule:
        runs of letters and digits, emoji, and a character each where a script has no spaces
        (Chinese, Japanese, Thai, ...). For vectorizers of characters and for several at once,
        runs of punctuation count as well.
    bag_of_words : bool, default=True
        Whether a word that is there twice is one feature, or each of its places is one.
    placeholder : str, default=""
        What is put where a word was. Models that look at places may want a word they do not know.
    n_features : int, default=10
        How many words an explanation shows at most; None for all.
    kernel_width : float, default=0.25
        Width of the kernel; the distance is 1 minus the cosine of mask and document.
    alpha : float, default=0.001
        Strength of the ridge penalty. LIME's is 1, which leaves little of the weights of a text of
        few words.
    feature_selection : {"auto", "highest_weights", "forward_selection", "lasso_path", "none"}, \
            default="auto"
        How words are chosen. "auto" fits all, shows the largest weights and sums the others (with
        fewer than 3 masks per word it is "highest_weights"). LIME's own methods choose `n_features`
        first, and fit those alone.
    sampling : {"paired", "iid"}, default="paired"
        Whether every second mask keeps what the one before removes: the same law, and a smaller
        error. "iid" is LIME's own.
    response_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        What is explained. "auto": probabilities of a classifier, or else its decision
        function; predictions of anything else.
    batch_rows : int, default=8192
        Most texts in one call of the model.
    n_jobs : int, default=None
        Threads that explain batches side by side.
    verbose : int, default=1
        A progress bar on standard error: 1 in a terminal or a notebook, once it takes longer than a
        second; 2 in any case; 0 never.
    random_state : int, RandomState instance or None, default=None
        Seed of the masks. A fitted explainer repeats itself in any case.

    Attributes
    ----------
    estimator_ : estimator or callable
        The fitted model.
    method_ : str
        What the model is asked.
    seed_ : int
        Seed of the masks.

    See Also
    --------
    TabularExplainer : For frames; the words of its columns of text, beside the other columns.

    Notes
    -----
    A missing document counts as an empty one. A document without words has an explanation without
    features, whose local model says what the model says.

    References
    ----------
    Ribeiro M. T., Singh S., Guestrin C. (2016), "Why should I trust you? Explaining the predictions
    of any classifier", KDD.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.naive_bayes import MultinomialNB
    >>> from sklearn.pipeline import make_pipeline
    >>> from skcook.explain import TextExplainer
    >>> texts = ["a good film", "good fun", "a bad film", "bad and dull"]
    >>> model = make_pipeline(CountVectorizer(), MultinomialNB()).fit(texts, list("++--"))
    >>> explainer = TextExplainer(model, random_state=0).fit()
    >>> explanation = explainer.explain(["A good film, and fun"])[0]
    >>> explanation.target, [feature.feature for feature in explanation.features[:2]]
    ('+', ['good', 'fun'])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MaskedExplainer._parameter_constraints,
        "split": [str, callable, None],
        "bag_of_words": ["boolean"],
        "placeholder": [str],
    }
    _sizes = "uniform"
    _unit = " texts"
    _explanation = TextExplanation

    def __init__(
        self,
        estimator=None,
        *,
        n_samples=5000,
        split=None,
        bag_of_words=True,
        placeholder="",
        n_features=10,
        kernel_width=0.25,
        alpha=0.001,
        feature_selection="auto",
        sampling="paired",
        response_method="auto",
        batch_rows=8192,
        n_jobs=None,
        verbose=1,
        random_state=None,
    ):
        self.estimator = estimator
        self.n_samples = n_samples
        self.split = split
        self.bag_of_words = bag_of_words
        self.placeholder = placeholder
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
        if isinstance(self.split, str):
            try:
                re.compile(self.split)
            except re.error as exc:
                raise ValueError(f"split={self.split!r} is no regular expression: {exc}.") from exc
        return super()._fit_for(model, X, y)

    def _reader(self, model, X):
        return read_texts(self, model, X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.allow_nan = True
        return tags
