"""What the settings of a cleaner ask for, worked out once.

A document goes through steps on its text (links, tags, accents, ...), is cut into tokens, and each
token is mapped to what becomes of it (stop word, lemma, stem, ...). The map of a token depends on
the token alone, so it is worked out once a distinct token. Where a lemma depends on the part of
speech, that is found first, and is a part of the token.
"""

import warnings
from functools import partial
from itertools import chain, product
from typing import Any

from skcook.base._document_terms import CAPITALS, LETTERS, PlainWords, texts_without
from skcook.exceptions import SkcookWarning
from skcook.text.engine._token_codes import TokenCodes, count_terms
from skcook.text.words._nltk import PARTS_OF_SPEECH, make_tagger
from skcook.text.words._normalize import (
    TAKES_IS,
    make_text_steps,
    replace_punctuation,
    strip_accents_like,
)
from skcook.text.words._stop_words import resolve_stop_words
from skcook.text.words._token_cache import Cache, caches_of
from skcook.text.words._tokenize import WORDS, WordTokenizer, make_tokenizer
from skcook.text.words._word_forms import make_lemmatizer, make_stemmer
from skcook.utils._sklearn import StrOptions
from skcook.utils._validation import in_words

#: The settings that every cleaning estimator has, with their rules.
CONSTRAINTS: dict[str, list[Any]] = {
    "lowercase": ["boolean"],
    "punctuation": [StrOptions({"keep", "drop", "space"})],
    "stop_words": ["array-like", set, frozenset, str, None],
    "keep_words": ["array-like", set, frozenset, None],
    "stem": [StrOptions({"porter", "snowball"}), None],
    "lemmatize": [StrOptions({"wordnet", "simplemma"}), None],
    "pos": [StrOptions({"n", "v", "a", "r", "s", "auto"})],
    "tokenizer": [str],
    "language": [str],
    "apostrophes": [StrOptions({"keep", "split"})],
    "urls": [str],
    "html": [str],
    "emails": [str],
    "pii": [str, dict],
    "numbers": [str],
    "emoji": [str],
    "mentions": [str],
    "hashtags": [str],
    "unicode_form": [StrOptions({"NFC", "NFKC"}), None],
    "strip_accents": [StrOptions({"unicode", "ascii"}), None],
    "contractions": [StrOptions({"keep", "expand"})],
}

#: Settings that look at more than one word: what a word becomes depends on those around it.
_CONTEXT_SETTINGS = (
    *("urls", "html", "emails", "pii", "numbers", "emoji", "mentions", "hashtags"),
    "contractions",
)
#: What estimators that have not all the settings leave alone.
_DEFAULTS = {
    **dict.fromkeys(_CONTEXT_SETTINGS, "keep"),
    "unicode_form": None,
    "strip_accents": None,
}

#: Words that 's is "is" after; after any other it is a genitive.
_KEEPS_S = TAKES_IS | {"let"}
_HYPHENS = ("-", "\u2010", "\u2011")
#: Languages with a dotted and a dotless i.
_DOTLESS = ("turkish", "azerbaijani")


class TextSteps:
    """The steps that a set of settings asks for."""

    def __init__(self, estimator):
        settings = {name: getattr(estimator, name, _DEFAULTS.get(name)) for name in CONSTRAINTS}
        self.caches = caches_of(estimator)
        self.tokenizer_name, language = settings["tokenizer"], settings["language"]
        self.punctuation = settings["punctuation"]
        self.changed_in_context = [s for s in _CONTEXT_SETTINGS if settings[s] != "keep"]

        self.tag = None
        if settings["lemmatize"] == "wordnet" and settings["pos"] == "auto":
            self.tag = self.caches.get("tagger", make_tagger)
            self.changed_in_context.append("pos")
        self._steps = make_text_steps(settings)
        apostrophes = settings["apostrophes"] or "keep"
        tokenizer_key = ("tokenizer", self.tokenizer_name, language, apostrophes)
        self.tokenizer = self.caches.get(
            tokenizer_key, lambda: make_tokenizer(self.tokenizer_name, language, apostrophes)
        )
        self._whole = self.tokenizer.pattern is WORDS
        self._lower = lower = lower_turkish if language in _DOTLESS else str.lower
        self._lowers = lowers_words = settings["lowercase"]
        #: Whether words become others than themselves in lower case, or texts other texts.
        self.is_mapped = bool(self._steps) or any(
            settings[name] is not None for name in ("stem", "lemmatize")
        )
        looks_at_capitals = self.tag is not None or settings["lemmatize"] == "simplemma"
        if settings["lowercase"] and self.tokenizer.pattern is not None and not looks_at_capitals:
            # NLTK and simplemma look at capitals; a pattern finds its words in the lowered text.
            self._steps.append(lower)
            lowers_words = False
        self.text_key = (
            "text",
            *tokenizer_key,
            lower in self._steps,
            self.tag is not None,
            *(repr(settings[name]) for name in _DEFAULTS),
        )
        stop_words = resolve_stop_words(settings["stop_words"], settings["keep_words"])
        self.given_stop_words = stop_words
        # A text without accents has stop words without accents.
        self.stop_words = stop_words | strip_accents_like(stop_words, settings["strip_accents"])
        self.counts_words = getattr(estimator, "_counts_words", False)
        if self.tag is None:
            self.word = self._make_word(settings, lowers_words)
        else:
            by_pos = {
                pos: self._make_word(settings | {"pos": pos}, lowers_words)
                for pos in PARTS_OF_SPEECH
            }
            self.word = Cache(lambda tagged: by_pos[tagged[-1]][tagged[:-1]])

    def _make_word(self, settings, lowers):
        """Return a cache from a token to what becomes of it, or None if nothing does."""
        stem, lemmatize, language = settings["stem"], settings["lemmatize"], settings["language"]
        genitives = self._whole and (
            self.counts_words or bool(self.stop_words or stem or lemmatize)
        )
        if not (lowers or self.stop_words or stem or lemmatize or genitives):
            return None
        if genitives and not (lowers or self.stop_words or stem or lemmatize):
            return _Genitives()
        steps = [partial(_without_genitive, always=stem is not None)] if genitives else []
        if lowers and lemmatize != "simplemma":
            steps.append(self._lower)
        if lemmatize:
            key = ("lemma", lemmatize, language, settings["pos"])
            make = make_lemmatizer(lemmatize, language, settings["pos"])
            steps.append(self.caches.get(key, lambda: Cache(make)).__getitem__)
        if lowers and lemmatize == "simplemma":
            steps.append(self._lower)  # the lemma of a German noun is found by its capital
        if stem:
            make_stem = make_stemmer(stem, language)
            key = ("stem", stem, language)
            steps.append(self.caches.get(key, lambda: Cache(make_stem)).__getitem__)
        stop_words, lower, whole = self.stop_words, self._lower, self._whole

        def word(token):
            lowered = lower(token)
            if (lowered.replace("\u2019", "'") if whole else lowered) in stop_words:
                return ""
            for step in steps:
                token = step(token)
            return token

        key = ("word", lowers, stem, lemmatize, language, settings["pos"], stop_words, genitives)
        return self.caches.get(key, lambda: Cache(word))

    def plain_words(self, terms, ngram_range):
        """Say how an export finds the terms in a text; None if no regular expression does."""
        if self.changed_in_context or self.is_mapped or self._lower is not str.lower:
            return None
        whole, longest = self.tokenizer.pattern is WORDS, ngram_range[1]
        if not isinstance(self.tokenizer, WordTokenizer) or (self.stop_words and longest > 1):
            return None
        lowers = self._lower in self._steps
        other = "\\p{M}\\p{Pc}\\p{Cf}" + (CAPITALS if lowers else "")
        known = dict(terms)
        if whole and longest > 1:
            other += "'\u2019"  # a genitive is another word, for which pairs of words have no table
        elif whole or self.stop_words:
            become = self.word or {}
            known = {
                spelled: place
                for term, place in terms.items()
                for spelled in _spellings(term)
                if (become[spelled] if self.word else spelled) == term
            }
        pattern = _EXPORTED_WORDS if whole else f"[{LETTERS}]+"
        return PlainWords(pattern, texts_without(other), known, ngram_range, lowers)

    def check_local(self):
        """Raise if taking a word out of a document can change what becomes of another."""
        if self.changed_in_context:
            raise ValueError(
                "transform_masked is not exact here: "
                f"{', '.join(self.changed_in_context)} look at more than one word. Clean the "
                "document first (TextCleaner), and explain the cleaned text."
            )
        if not self.tokenizer.is_local:
            raise ValueError(
                f"transform_masked is not exact with tokenizer={self.tokenizer_name!r}: what it "
                "makes of a word depends on the text around it. Use transform, or "
                "tokenizer='words'."
            )

    def warn_of_stop_words(self, stop_words, tokens):
        """Warn of stop words, given as a list, that no word can equal: stems, or not one token."""
        if stop_words is None or isinstance(stop_words, str) or self.word is None:
            return
        lowered = {token.lower() for token in self.untagged(tokens)}
        unseen = {word for word in self.given_stop_words if word not in lowered}
        stems = sorted(unseen.intersection(map(self.word.__getitem__, tokens))) if unseen else []
        if stems:
            warnings.warn(
                f"stop_words holds {in_words(stems, limit=5)}, which are no words of the documents "
                "but what stemming or lemmatizing makes of some: stop words are compared before "
                "that. Give the words themselves.",
                SkcookWarning,
                stacklevel=4,
            )
        if self.tokenizer.pattern is None:
            return
        cut = sorted(word for word in unseen if self.tokenizer.one(word) != [word])
        if cut:
            warnings.warn(
                f"stop_words holds {in_words(cut, limit=5)}, which the tokenizer never gives as "
                "one word, so they leave nothing out. Give the words that it finds.",
                SkcookWarning,
                stacklevel=4,
            )

    def text(self, document):
        """Take the steps on a document's text."""
        for step in self._steps:
            document = step(document)
        return document

    def texts(self, documents):
        """Take the steps on the text of each document."""
        if len(self._steps) == 1:
            return map(self._steps[0], documents)
        return map(self.text, documents) if self._steps else iter(documents)

    def split(self, documents):
        """Give the tokens of each document, after the steps on its text."""
        return self.tokenizer.many(self.texts(documents))

    def tokens(self, documents):
        """Give the tokens of each document, tagged where lemmas ask for it."""
        tokens = self.split(documents)
        return tokens if self.tag is None else map(self.tag, tokens)

    def encode(self, documents):
        """Return the tokens of documents as numbers; documents that were seen are not read anew."""
        codes = self.caches.get(("codes", *self.text_key), TokenCodes)
        return codes.encode(documents, self.tokens)

    def count(self, encoded, ngram_range):
        """Return every n-gram of encoded documents, of what became of their tokens."""
        return count_terms(
            encoded, word=self.word, punctuation=self.punctuation, ngram_range=ngram_range
        )

    def untagged(self, tokens):
        """Return tokens without their tags."""
        return tokens if self.tag is None else [token[:-1] for token in tokens]

    def clean(self, documents):
        """Give each document with its words replaced where they stand.

        Tokens of NLTK, which are not always pieces of the text, are joined by spaces instead.
        """
        pattern, word = self.tokenizer.pattern, self.word
        if pattern is None:
            texts = (
                " ".join(tokens if word is None else filter(None, map(word.__getitem__, tokens)))
                for tokens in self.tokens(documents)
            )
        elif word is None:
            texts = self.texts(documents)
        elif isinstance(self.tokenizer, WordTokenizer):
            texts = map(self._replace_words, self.texts(documents))
        else:
            texts = map(self._replace_matches, self.texts(documents))
        if self.punctuation == "keep":
            return texts
        return (replace_punctuation(text, self.punctuation) for text in texts)

    def _replace_words(self, text):
        """Replace words where they stand.

        A stop word inside a compound ("state-of-the-art") stays; an apostrophe goes with the word
        behind it where words are cut there ("user's" -> "user").
        """
        pieces = self.tokenizer.split(text)
        words = list(self._words(pieces[1::2]))
        if self.stop_words and ("-" in text or not text.isascii()):
            for i, word in enumerate(words):
                if not word and (pieces[2 * i] in _HYPHENS or pieces[2 * i + 2] in _HYPHENS):
                    words[i] = self._lower(pieces[2 * i + 1]) if self._lowers else pieces[2 * i + 1]
        pieces[1::2] = words
        if not self._whole and ("'" in text or "\u2019" in text):
            for i in range(2, len(pieces) - 1, 2):
                if pieces[i] in ("'", "\u2019") and not pieces[i + 1]:
                    pieces[i] = ""
        return "".join(pieces)

    def _words(self, tokens):
        """Give what becomes of the tokens of one document."""
        return map(self.word.__getitem__, tokens if self.tag is None else self.tag(tokens))

    def _replace_matches(self, text):
        """Replace what a pattern finds; if it has a group, only that part of what it finds."""
        words = self._words(self.tokenizer.one(text))
        return self.tokenizer.pattern.sub(lambda match: _in_place(match, next(words)), text)


def lower_turkish(text):
    """Return a text in lower case, with the dot of the i as Turkish has it."""
    return text.replace("\u0130", "i").replace("I", "\u0131").lower()


#: `WORDS` without marks, and without looking around: RE2, which runs an export, cannot.
_INNER = r"\p{L}\p{Nl}\p{No}"
_EXPORTED_WORDS = (
    f"[{LETTERS}]*[{_INNER}](?:['\u2019][{_INNER}](?:[{LETTERS}]*[{_INNER}])?)*"
    f"['\u2019][{_INNER}][{LETTERS}]*|[{LETTERS}]+"
)


def _spellings(term):
    """Return the words that may become a term: genitives, and with any kind of apostrophe."""
    pieces = term.replace("\u2019", "'").split("'")
    if len(pieces) > 4:
        return [term]
    either = [("'", "\u2019")] * (len(pieces) - 1)
    spelled = [
        "".join(chain.from_iterable(zip(pieces, (*marks, "")))) for marks in product(*either)
    ]
    ends = ("", "'s", "\u2019s", "'S", "\u2019S")
    return [f"{word}{end}" for word in spelled for end in ends]


class _Genitives:
    """Gives each token without its genitive; there is nothing to remember of it."""

    def __getitem__(self, token):
        has_one = "'" in token or "\u2019" in token
        return _without_genitive(token, always=False) if has_one else token


def _without_genitive(token, always):
    """Return "user" for "user's", and a word's typographic apostrophe as a plain one."""
    token = token.replace("\u2019", "'")
    if token.endswith(("'s", "'S")) and (always or token[:-2].lower() not in _KEEPS_S):
        return token[:-2]
    return token


def _in_place(match, word):
    if not match.re.groups:
        return word
    start, end = (match.start(1) - match.start(), match.end(1) - match.start())
    if start < 0:  # the group took no part
        return match[0]
    return match[0][:start] + word + match[0][end:]
