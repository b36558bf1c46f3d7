"""Stems: the part of a word that its forms share."""

import threading

from skcook.text.words._porter import porter_stem
from skcook.utils._optional import import_optional
from skcook.utils._validation import did_you_mean


def make_stemmer(stem, language):
    """Return a function from a word to its stem."""
    if stem == "porter":
        if language != "english":
            raise ValueError(
                f"stem='porter' knows English only; got language={language!r}. "
                "Use stem='snowball' for other languages."
            )
        return porter_stem
    snowball = import_optional("nltk.stem.snowball", feature="stem='snowball'", extra="text")
    languages = [name for name in snowball.SnowballStemmer.languages if name != "porter"]
    if language not in languages:
        match = did_you_mean(language, languages)
        raise ValueError(
            f"stem='snowball' has no language {language!r}"
            + (f"; did you mean {match!r}? " if match else ". ")
            + f"It has: {', '.join(languages)}."
        )
    stemmer, lock = snowball.SnowballStemmer(language), threading.Lock()

    def snowball_stem(word):
        with lock:  # some of NLTK's stemmers keep what they found so far in themselves
            return stemmer.stem(word)

    return snowball_stem
