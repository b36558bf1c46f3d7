"""Cleaning text."""

from typing import Any, ClassVar

from skcook.text._documents import DocumentTransformer
from skcook.text.engine._text_steps import CONSTRAINTS, TextSteps
from skcook.text.words._normalize import without_invisible
from skcook.utils._sklearn import StrOptions


class TextCleaner(DocumentTransformer):
    """Clean text: links, tags, case, punctuation, stop words, stems, lemmas.

    Every setting is a plain value, so each can be tried in a grid search. Steps are taken in this
    order: `unicode_form`, `html`, `urls`, `emails` and `pii`, `mentions`, `hashtags`, `emoji`,
    `contractions`, `numbers`, `strip_accents`, then on each word `lowercase`, `stop_words`,
    `lemmatize`, `stem`, and last `punctuation` and `whitespace`. Nothing is downloaded, and the
    defaults need no library.

    The settings `urls`, `html`, `emails`, `numbers`, `emoji`, `mentions` and `hashtags` are "keep",
    "drop" (a space takes the place), or the text to put there, such as "<url>".

    Parameters
    ----------
    lowercase : bool, default=True
        Write words in lower case.
    punctuation : {"keep", "drop", "space"}, default="keep"
        Keep punctuation, drop it ("state-of-the-art" becomes "stateoftheart"), or put a space in
        its place. Signs such as ``$`` and ``+`` count as punctuation, emoji do not.
    stop_words : None, str or list of str, default=None
        Words to drop: those of a language ("english": a pinned list of 198 words, see Notes), or a
        list. They are compared with words in lower case, before these are lemmatized and stemmed:
        give words, not stems.
    keep_words : list of str, default=None
        Words to keep although they are stop words, such as ``["not", "no"]``.
    stem : {"porter", "snowball"}, default=None
        Cut words to their stem: "porter" is English and needs no library; "snowball" is that of
        `language` and needs NLTK.
    lemmatize : {"wordnet", "simplemma"}, default=None
        Put words in their dictionary form: "wordnet" is English and needs no library; "simplemma"
        is that of `language` and needs simplemma.
    pos : {"n", "v", "a", "r", "s", "auto"}, default="n"
        Part of speech for "wordnet": noun, verb, adjective, adverb, satellite adjective; "auto"
        asks NLTK's tagger what each word is in its document (needs NLTK and its data
        "averaged_perceptron_tagger_eng").
    tokenizer : str, default="words"
        What a word is: "words" (letters, digits, underscores and the marks on them), "nltk" (the
        tokens of ``nltk.word_tokenize``), "tweet" (those of NLTK's ``TweetTokenizer``), or a
        regular expression. Tokens of NLTK are joined by spaces; the others are changed where they
        stand, and what lies between them stays.
    language : str, default="english"
        Language of "snowball", "simplemma" and of the sentences of tokenizer="nltk"; "turkish" and
        "azerbaijani" have lower case of their own (a dotless i).
    apostrophes : {"keep", "split"}, default="keep"
        For tokenizer="words": an apostrophe between letters belongs to the word ("don't",
        "l'amour"), or parts it, as scikit-learn's tokens are. With "keep", stop words, stems and
        lemmas are those of the word without a genitive ("user's" is "user").
    urls : str, default="keep"
        Links that begin with ``http://``, ``https://``, ``ftp://`` or ``www.``.
    html : str, default="keep"
        Tags; comments, scripts and styles go with what is in them, entities such as ``&amp;`` are
        written out.
    emails : str, default="keep"
        E-mail addresses.
    pii : str or dict, default="keep"
        Personal data: e-mail addresses (unless `emails` says otherwise), phone numbers, IBAN and
        card numbers whose check digits are right, IP addresses. "name" writes what was there
        ("<phone>"); a dict gives each kind its own, ``{"phone": "drop", "card": "<card>"}``, of the
        kinds "email", "phone", "iban", "card" and "ip". Names of people are not found.
    numbers : str, default="keep"
        Digits that are no part of a word, with the points and commas in them.
    emoji : str, default="keep"
        Emoji, joined ones and flags as one; "name" writes their Unicode name, "grinning_face".
    mentions : str, default="keep"
        ``@name``.
    hashtags : str, default="keep"
        ``#topic``; "word" keeps the word without its sign.
    unicode_form : {"NFC", "NFKC"}, default=None
        Write letters and their accents in one way: "NFC" composes them, so that two ways to write
        "café" are one word; "NFKC" also writes ligatures, full-width and raised signs plainly.
    strip_accents : {"unicode", "ascii"}, default=None
        Take the accents off letters, as scikit-learn does; "ascii" also drops what is not ASCII.
    contractions : {"keep", "expand"}, default="keep"
        "expand" writes "don't" as "do not", "I'll" as "I will" (English).
    whitespace : {"collapse", "keep"}, default="collapse"
        "collapse" writes each run of whitespace as one space and none at the ends; a zero-width
        space is a space, the mark of a byte order is nothing.
    missing : {"empty", "keep", "error"}, default="empty"
        A missing document (None, NaN, pd.NA, null) becomes "", stays missing, or raises.
    non_string : {"error", "str"}, default="error"
        A number or date raises, or is written as text.
    encoding : str, default=None
        How bytes are read, such as "utf-8"; None raises on bytes.
    columns : str, int, slice, list of str or callable, default=None
        The columns of a frame to clean; None takes those that hold text: strings, categories that
        are strings, objects of which some are strings. Others pass through.

    Attributes
    ----------
    columns_ : list of str or None
        The columns that are cleaned; None if ``fit`` saw documents that are no frame.
    n_features_in_ : int
        Number of columns seen in ``fit``, if it saw a frame.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    TextVectorizer : Count words, with the same settings.

    Notes
    -----
    Every result depends on the document alone, so nothing is learned but the columns. Words come
    back all the time: what becomes of each is kept, within bounds, beside the estimator and those
    cloned from it, and left out when it is pickled.

    References
    ----------
    Stop words: the Snowball project and PostgreSQL, with NLTK's additions. Lemmas: WordNet 3.0,
    Princeton University. Stems: M. F. Porter (1980).

    Examples
    --------
    >>> from skcook.text import TextCleaner
    >>> cleaner = TextCleaner(stop_words="english", keep_words=["not"], punctuation="drop")
    >>> cleaner.fit_transform(["This is NOT the end, my friends!", None])
    ['not end friends', '']
    >>> cleaner.set_params(lemmatize="wordnet").fit_transform(["The geese, and the mice"])
    ['goose mouse']
    >>> TextCleaner(urls="<url>", mentions="drop").fit_transform(["See https://example.org @you"])
    ['see <url>']
    >>> TextCleaner().fit_transform("one document")
    Traceback (most recent call last):
        ...
    ValueError: X is one str, 'one document'; a sequence of documents is expected. Put it in a list:
    [text].
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        **DocumentTransformer._parameter_constraints,
        "whitespace": [StrOptions({"collapse", "keep"})],
    }

    def __init__(
        self,
        *,
        lowercase=True,
        punctuation="keep",
        stop_words=None,
        keep_words=None,
        stem=None,
        lemmatize=None,
        pos="n",
        tokenizer="words",
        language="english",
        apostrophes="keep",
        urls="keep",
        html="keep",
        emails="keep",
        pii="keep",
        numbers="keep",
        emoji="keep",
        mentions="keep",
        hashtags="keep",
        unicode_form=None,
        strip_accents=None,
        contractions="keep",
        whitespace="collapse",
        missing="empty",
        non_string="error",
        encoding=None,
        columns=None,
    ):
        self.lowercase = lowercase
        self.punctuation = punctuation
        self.stop_words = stop_words
        self.keep_words = keep_words
        self.stem = stem
        self.lemmatize = lemmatize
        self.pos = pos
        self.tokenizer = tokenizer
        self.language = language
        self.apostrophes = apostrophes
        self.urls = urls
        self.html = html
        self.emails = emails
        self.pii = pii
        self.numbers = numbers
        self.emoji = emoji
        self.mentions = mentions
        self.hashtags = hashtags
        self.unicode_form = unicode_form
        self.strip_accents = strip_accents
        self.contractions = contractions
        self.whitespace = whitespace
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding
        self.columns = columns

    def _start(self):
        TextSteps(self)  # raises on settings that do not go together

    def _change(self, documents):
        cleaned = TextSteps(self).clean(document for document in documents if document is not None)
        if self.whitespace == "collapse":
            cleaned = (" ".join(without_invisible(document).split()) for document in cleaned)
        if None not in documents:
            return list(cleaned)
        return [None if document is None else next(cleaned) for document in documents]
