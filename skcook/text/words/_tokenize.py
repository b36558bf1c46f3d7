"""Finding words: by a regular expression, or as NLTK does.

A tokenizer has one method, ``many(documents)``, which gives the tokens of each. Those that are a
regular expression also have ``pattern``, so that words can be changed where they stand.
"""

import re
import warnings

from skcook.exceptions import SkcookWarning
from skcook.text.words._nltk_words import NltkWords
from skcook.utils._optional import import_optional

# Marks that belong to the letter before them (accents, Hebrew points, Arabic and Indic vowel
# signs): \w leaves them out and would cut such words into pieces.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u09e2\u09e3"
    "\u0a01-\u0a03\u0a3c-\u0a51\u0a70\u0a71\u0a75\u0a81-\u0a83\u0abc-\u0acd\u0ae2\u0ae3"
    "\u0b01-\u0b03\u0b3c-\u0b57\u0b62\u0b63\u0b82\u0bbe-\u0bd7\u0c00-\u0c04\u0c3c-\u0c56"
    "\u0c62\u0c63\u0c81-\u0c83\u0cbc-\u0cd6\u0ce2\u0ce3\u0d00-\u0d03\u0d3b-\u0d57\u0d62\u0d63"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b6-\u17d3"
)
_ASCII_WORDS = re.compile(r"\w+")
WORDS = re.compile(rf"[\w{_MARKS}]+")

#: Patterns whose match depends on nothing outside the word that it finds.
_LOCAL_PATTERNS = frozenset({r"\w+", r"\S+", r"\b\w+\b", r"\b\w\w+\b", r"(?u)\b\w\w+\b"})


class RegexTokenizer:
    """Finds every match of a pattern."""

    def __init__(self, pattern, *, is_local):
        self.pattern = pattern
        self.is_local = is_local
        if pattern is WORDS:
            self._find_in_ascii = _ASCII_WORDS.findall
        else:
            self._find_in_ascii = pattern.findall
        self._find = pattern.findall

    def one(self, document):
        """Return the tokens of a document."""
        return self._find_in_ascii(document) if document.isascii() else self._find(document)

    def many(self, documents):
        """Give the tokens of each document."""
        return map(self.one, documents)


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


def make_tokenizer(tokenizer, language):
    """Return a tokenizer by its name or pattern."""
    if tokenizer == "words":
        return RegexTokenizer(WORDS, is_local=True)
    if tokenizer == "nltk":
        words = NltkWords(language)
        if not words.splits_sentences:
            warnings.warn(
                f"NLTK's sentence model for {language!r} (punkt_tab) is not installed, so each "
                "document is tokenized as one sentence, as nltk.word_tokenize(preserve_line=True) "
                "does: a full stop inside the document stays with its word. Install the model "
                "with skcook.text.download('punkt_tab'), or use tokenizer='words'.",
                SkcookWarning,
                stacklevel=2,
            )
        return words
    if tokenizer == "tweet":
        return TweetWords()
    try:
        pattern = re.compile(tokenizer)
    except re.error as exc:
        raise ValueError(
            f"tokenizer={tokenizer!r} is neither 'words', 'nltk' or 'tweet' nor a regular "
            f"expression: {exc}."
        ) from exc
    if pattern.groups > 1:
        raise ValueError(
            f"tokenizer={tokenizer!r} has {pattern.groups} groups; one at most can be the token. "
            "Write the others as (?:...)."
        )
    if pattern.search("") is not None:
        raise ValueError(
            f"tokenizer={tokenizer!r} matches the empty string: no word would be found."
        )
    return RegexTokenizer(pattern, is_local=tokenizer in _LOCAL_PATTERNS)
