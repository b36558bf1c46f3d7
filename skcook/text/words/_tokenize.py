"""Finding words: by a regular expression, or as NLTK does.

A tokenizer has one method, ``many(documents)``, which gives the tokens of each. Those that are a
regular expression also have ``pattern``, so that words can be changed where they stand.
"""

import re
import unicodedata
import warnings
from itertools import chain

from skcook.exceptions import SkcookWarning
from skcook.text.words._nltk import NltkWords, TweetWords

# Where Unicode has marks: not among ideographs, Hangul, surrogates and private characters.
_WITH_MARKS = (
    range(0x300, 0x3400),
    range(0xA490, 0xAC00),
    range(0xFB00, 0x17000),
    range(0x1AFF0, 0x20000),
    range(0xE0100, 0xE01F0),
)


def _marks():
    r"""Return the characters that belong to the letter before them, as ranges of a pattern.

    These are Unicode's marks (accents, points, vowel signs) and its connectors: ``\w`` leaves
    them out, and would cut the words of many scripts into pieces.
    """
    ranges = []
    for code in chain(*_WITH_MARKS):
        if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me", "Pc"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _marks()
#: Joiners, the soft hyphen and marks of direction: they do not part the letters around them. The
#: zero-width space does (Unicode, UAX #29, rule WB4).
_FORMAT = "\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# Between two letters these are a part of the word (UAX #29, rules WB6 and WB7): the middle dots of
# Catalan and of syllables, the gershayim of Hebrew, and apostrophes.
_MIDDLE = r"(?<![\d_])[\u00b7\u2027\u05f4](?=[^\W\d_])"
_RUN = rf"\w[\w{_MARKS}]*+(?:(?:[{_FORMAT}]++|{_MIDDLE})[\w{_MARKS}]++)*+"
_APOSTROPHE = r"(?<![\d_])['\u2019](?=[^\W\d_])"

#: What a word is, with the apostrophes inside it, and without.
WORDS = re.compile(rf"{_RUN}(?:{_APOSTROPHE}{_RUN})*+")
PIECES = re.compile(_RUN)
_ASCII_WORDS = re.compile(r"\w++(?:(?<![\d_])'(?=[^\W\d_])\w++)*+")
_ASCII_PIECES = re.compile(r"\w+")

#: Patterns whose match depends on nothing outside the word that it finds.
_LOCAL_PATTERNS = frozenset({r"\w+", r"\S+", r"\b\w+\b", r"\b\w\w+\b", r"(?u)\b\w\w+\b"})


class RegexTokenizer:
    """Finds every match of a pattern."""

    def __init__(self, pattern, *, is_local):
        self.pattern = pattern
        self.is_local = is_local
        self._find = pattern.findall

    def one(self, document):
        """Return the tokens of a document."""
        return self._find(document)

    def many(self, documents):
        """Give the tokens of each document."""
        return map(self.one, documents)


class WordTokenizer(RegexTokenizer):
    """Finds words, with the apostrophes inside them or without, by less where a text is ASCII.

    In ASCII there are no marks, and most texts have no apostrophe either: bench_text.py.
    """

    def __init__(self, *, whole):
        super().__init__(WORDS if whole else PIECES, is_local=True)
        in_ascii = _ASCII_WORDS if whole else _ASCII_PIECES
        self._find_in_ascii = in_ascii.findall
        self._split, self._split_ascii = (
            re.compile(f"({pattern.pattern})").split for pattern in (self.pattern, in_ascii)
        )

    def one(self, document):
        """Return the tokens of a document."""
        if not document.isascii():
            return self._find(document)
        return self._find_in_ascii(document) if "'" in document else _ASCII_PIECES.findall(document)

    def split(self, document):
        """Return what lies before the first word, the word, what lies behind it, and so on."""
        return (self._split_ascii if document.isascii() else self._split)(document)


def make_tokenizer(tokenizer, language, apostrophes="keep"):
    """Return a tokenizer by its name or pattern."""
    if tokenizer == "words":
        return WordTokenizer(whole=apostrophes == "keep")
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
