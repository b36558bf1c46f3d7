"""What NLTK gives: words, those of tweets, parts of speech, stop words, and its data on request.

**Words.** NLTK runs some twenty-five guarded regular expressions over each sentence. Their effect
on a chunk (what stands between two spaces) does not depend on the chunks around it, except at the
end of a sentence, where the full stop is split off, and beside unusual whitespace and quotes.
Chunks come back again and again, so each is tokenized once, many new ones in one call; the tail of
a sentence is a chunk of its own kind; what the rule does not cover is given to NLTK as it is.

**Parts of speech.** A tagged token is the token with the letter of its part of speech behind it:
"sawv" is the verb "saw". So it is numbered, counted and remembered like any other token, and what
becomes of it still depends on itself alone, although the tag does not.
"""

import re

from skcook.exceptions import MissingDependencyError
from skcook.text.words._token_cache import LIMIT, LONGEST_KEY, Cache
from skcook.utils._optional import import_optional

#: Documents worked on at a time.
_BLOCK = 2000
#: New chunks given to NLTK in one call.
_BATCH = 1500

_SEPARATOR = "\ue000"
# Sentences in which a chunk's tokens may depend on its neighbours: whitespace other than a space
# beside a quote, or of a kind on which NLTK's two regex engines disagree.
_NOT_LOCAL = re.compile(
    r"""[^\S ]["']|'[^\S ]"""
    "|[\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ue000]"
)
_LINE = re.compile(r"[^\S ]")
_CLOSERS = "]})>\"'»\u201d\u2019"
# Chunks that no rule of NLTK touches.
_PLAIN = re.compile(r"[\w\-/+=~|\\^]+\Z")
_PLAIN_END = re.compile(r"[\w\-/+=~|\\^]+\.?\Z")
_TOUCHED = re.compile(r"(?i)--|\b(?:cannot|gimme|gonna|gotta|lemme|wanna)\b")


class NltkWords:
    """Tokenizes documents as ``nltk.word_tokenize`` does."""

    pattern = None
    is_local = False

    def __init__(self, language):
        nltk = import_optional("nltk.tokenize", feature="tokenizer='nltk'", extra="text")
        self._words = nltk.NLTKWordTokenizer()
        self._sentences = _sentence_splitter(language)
        self._middle = Cache(lambda chunk: tuple(self._words.tokenize(f"x {chunk} y")[1:-1]))
        self._end = Cache(lambda tail: tuple(self._words.tokenize(f"x {tail}")[1:]))

    @property
    def splits_sentences(self):
        """Whether the model of the sentence splitter was found."""
        return self._sentences is not None

    def many(self, documents):
        """Give the tokens of each document."""
        documents = list(documents)
        for start in range(0, len(documents), _BLOCK):
            yield from self._block(documents[start : start + _BLOCK])

    def _block(self, documents):
        plans = [self._plan(document) for document in documents]
        middles, ends = set(), set()
        for plan in plans:
            for _, chunks, tail in plan:
                if chunks is not None:
                    middles.update(chunks)
                    ends.add(tail)
        self._learn(middles, ends)
        return [self._join(plan) for plan in plans]

    def _plan(self, document):
        """Return (sentence, chunks, tail) for each sentence; chunks None where NLTK must do it."""
        if self._sentences is None:
            sentences = [document]
        else:
            sentences = self._sentences.tokenize(document)
        return [(sentence, *_split(sentence)) for sentence in sentences]

    def _learn(self, middles, ends):
        """Tokenize the new chunks, many in one call."""
        new = [
            chunk for chunk in middles if chunk not in self._middle and len(chunk) <= LONGEST_KEY
        ]
        if len(self._middle) + len(new) > LIMIT:
            self._middle.clear()
        hard = []
        for chunk in new:
            if _PLAIN.match(chunk) and not _TOUCHED.search(chunk):
                self._middle.keep(chunk, (chunk,))
            else:
                hard.append(chunk)
        for start in range(0, len(hard), _BATCH):
            batch = hard[start : start + _BATCH]
            tokens = self._words.tokenize(f"x {f' {_SEPARATOR} '.join(batch)} y")[1:-1]
            position = 0
            for chunk in batch:
                end = position
                while end < len(tokens) and tokens[end] != _SEPARATOR:
                    end += 1
                self._middle.keep(chunk, tuple(tokens[position:end]))
                position = end + 1
        for tail in ends:
            if tail not in self._end and len(tail) <= LONGEST_KEY:
                if _PLAIN_END.match(tail) and not _TOUCHED.search(tail):
                    stop = tail[-1] == "." and len(tail) > 1
                    self._end.keep(tail, (tail[:-1], ".") if stop else (tail,))
                else:
                    self._end[tail]  # fills itself

    def _join(self, plan):
        tokens = []
        for sentence, chunks, tail in plan:
            if chunks is None:
                tokens.extend(self._words.tokenize(sentence))
                continue
            for chunk in chunks:
                tokens.extend(self._middle[chunk])
            tokens.extend(self._end[tail])
        return tokens


def _split(sentence):
    """Return (chunks, tail) of a sentence, or (None, None) where chunks are not enough."""
    if _NOT_LOCAL.search(sentence):
        return None, None
    chunks = sentence.split()
    last = len(chunks) - 1
    # Chunks of closing signs alone belong to the full stop before them.
    while last > 0 and not chunks[last].strip(_CLOSERS):
        last -= 1
    if last <= 0 or chunks[0][0] in "\"'":
        return None, None
    if last < len(chunks) - 1 and _LINE.search(sentence.rstrip(), sentence.rfind(chunks[last])):
        # Over a line's end they do not belong to it: NLTK leaves the full stop where it is.
        return None, None
    return chunks[:last], " ".join(chunks[last:])


def _sentence_splitter(language):
    """Return NLTK's sentence splitter, or None where its model is not installed."""
    nltk = import_optional("nltk.tokenize", feature="tokenizer='nltk'", extra="text")
    try:
        return nltk.PunktTokenizer(language)
    except LookupError:
        return None


class TweetWords:
    """NLTK's tokenizer of tweets; it needs no data."""

    pattern = None
    is_local = False

    def __init__(self):
        casual = import_optional("nltk.tokenize.casual", feature="tokenizer='tweet'", extra="text")
        self._tokenize = casual.TweetTokenizer().tokenize

    def many(self, documents):
        """Give the tokens of each document."""
        return map(self._tokenize, documents)


_TAGGER = "averaged_perceptron_tagger_eng"
_BY_HAND = (
    "set the environment variable NLTK_DATA to a folder that holds it, copied from another "
    "machine; NLTK refuses folders that others can write to, so chmod -R go-w FOLDER"
)
# The Penn Treebank's tags, by their first letter; all others are nouns to WordNet.
_LETTERS = {"J": "a", "R": "r", "V": "v"}
PARTS_OF_SPEECH = ("n", *_LETTERS.values())


def make_tagger():
    """Return a function from the tokens of a document to tagged tokens.

    The tags are those of ``nltk.pos_tag`` for the same tokens.
    """
    nltk = import_optional("nltk.tag", feature="pos='auto'", extra="text")
    try:
        tagger = nltk.PerceptronTagger()
    except (LookupError, OSError) as exc:
        raise MissingDependencyError(
            f"pos='auto' needs the data of NLTK's tagger ({_TAGGER}), which is not found. Ways "
            f"out: (1) skcook.text.download({_TAGGER!r}); (2) {_BY_HAND}; (3) use one part of "
            "speech for all words, which needs no data: pos='n', 'v', 'a' or 'r'."
        ) from exc

    def tag(tokens):
        return [token + _LETTERS.get(name[0], "n") for token, name in tagger.tag(tokens)]

    return tag


def nltk_stop_words(language):
    """Return NLTK's list of a language, or None where NLTK or its data is not installed."""
    try:
        from nltk.corpus import stopwords

        return frozenset(stopwords.words(language))
    except (ImportError, LookupError, OSError):
        return None


#: Where NLTK keeps the packages that skcook can use.
_RESOURCES = {
    "punkt_tab": "tokenizers/punkt_tab",
    "stopwords": "corpora/stopwords",
    "wordnet": "corpora/wordnet",
    _TAGGER: f"taggers/{_TAGGER}",
}


def download(*packages, download_dir=None, quiet=True):
    """Download data of NLTK; nothing else in skcook ever does.

    The defaults of ``skcook.text`` need none: stop words of fifteen lists, English lemmas and stems
    ship with it. "punkt_tab" lets ``tokenizer="nltk"`` split sentences, "stopwords" adds languages
    to ``stop_words``, "averaged_perceptron_tagger_eng" lets ``pos="auto"`` tell verbs from nouns.

    Parameters
    ----------
    *packages : str
        Names of NLTK's data packages; none means "punkt_tab" and "stopwords".
    download_dir : str or path, default=None
        Where to put them; None lets NLTK choose a folder that it looks in.
    quiet : bool, default=True
        Print nothing.

    Returns
    -------
    packages : list of str
        The packages that are there now.

    Raises
    ------
    RuntimeError
        If a package could not be downloaded, or is not found afterwards.
    MissingDependencyError
        If NLTK is not installed.

    Examples
    --------
    >>> from skcook.text import download
    >>> download("punkt_tab")  # doctest: +SKIP
    ['punkt_tab']
    """
    nltk = import_optional("nltk", feature="skcook.text.download", extra="text")
    packages = packages or ("punkt_tab", "stopwords")
    folder = None if download_dir is None else str(download_dir)
    for package in packages:
        if not isinstance(package, str):
            raise TypeError(f"packages must be names of NLTK's data; got {package!r}.")
        try:
            nltk.download(package, download_dir=folder, quiet=quiet, raise_on_error=True)
        except (ValueError, OSError) as exc:
            raise RuntimeError(_help(package, f"could not be downloaded: {exc}")) from exc
        resource = _RESOURCES.get(package)
        if resource is not None and folder is None:
            try:
                nltk.data.find(resource)
            except (LookupError, OSError) as exc:
                raise RuntimeError(_help(package, "was downloaded but is not found")) from exc
    return list(packages)


def _help(package, problem):
    return (
        f"NLTK's data package {package!r} {problem}. Ways out: (1) {_BY_HAND}; (2) behind a proxy, "
        "set NLTK_ALLOW_PROXIED_URLOPEN=1 and try again; (3) use the settings that need no data: "
        "tokenizer='words', the stop words that ship with skcook, lemmatize='wordnet'."
    )
