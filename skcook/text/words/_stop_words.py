"""Stop words: pinned lists that ship with skcook, so that results do not change with a library.

NLTK's English list grew from 179 to 198 words in February 2025: the same code, other features. Here
"english" is the list of 198 and stays so; "english-179" is the older one.
"""

from functools import lru_cache
from importlib import resources

from skcook.text.words._nltk import nltk_stop_words
from skcook.utils._validation import did_you_mean

# What NLTK added in February 2025.
_ADDED_2025 = frozenset(
    f"{pronoun}'{ending}"
    for pronoun, endings in {
        "he": "d ll s",
        "i": "d ll m ve",
        "it": "d ll",
        "she": "d ll",
        "they": "d ll re ve",
        "we": "d ll re ve",
    }.items()
    for ending in endings.split()
)

_SHIPPED = (
    "danish",
    "dutch",
    "english",
    "english-179",
    "finnish",
    "french",
    "german",
    "hungarian",
    "italian",
    "norwegian",
    "portuguese",
    "russian",
    "spanish",
    "swedish",
    "turkish",
)


def stop_word_languages():
    """Return the languages whose stop words ship with skcook."""
    return _SHIPPED


@lru_cache(maxsize=len(_SHIPPED))
def _shipped(language):
    if language == "english-179":
        return _shipped("english") - _ADDED_2025
    path = resources.files("skcook.text").joinpath("data", "stop_words", f"{language}.txt")
    return frozenset(path.read_text("utf-8").split())


def resolve_stop_words(stop_words, keep_words=None):
    """Return the words to leave out."""
    if stop_words is None:
        return frozenset()
    if isinstance(stop_words, str):
        words = _of_language(stop_words)
    else:
        words = _checked(stop_words, "stop_words")
    kept = _checked(keep_words, "keep_words") if keep_words is not None else ()
    return frozenset(word.lower() for word in words) - {word.lower() for word in kept}


def _of_language(language):
    if language in _SHIPPED:
        return _shipped(language)
    words = nltk_stop_words(language)
    if words is not None:
        return words
    match = did_you_mean(language, _SHIPPED)
    raise ValueError(
        f"stop_words={language!r}: there is no stop word list of that name"
        + (f"; did you mean {match!r}? " if match else ". ")
        + f"These ship with skcook: {', '.join(_SHIPPED)}. For another language give the words as "
        "a list, or install NLTK's lists with skcook.text.download('stopwords')."
    )


def _checked(words, name):
    if isinstance(words, str):
        raise ValueError(
            f"{name} must be a list of words; got the string {words!r}. Use [{words!r}]."
        )
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise ValueError(f"{name} must hold strings; got {word!r} of {type(word).__name__}.")
    return words
