"""Lemmas: the form of a word that stands in a dictionary.

"wordnet" gives the lemmas of ``nltk.stem.WordNetLemmatizer`` without NLTK and without its data: a
table of 322 kB, derived from WordNet 3.0, ships with skcook. The table is loaded on first use.
"simplemma" asks the library of that name, which knows some fifty languages.
"""

import zlib
from functools import lru_cache
from importlib import resources

from skcook.utils._optional import import_optional

# How inflected endings are detached, by part of speech: man page morphy(7WN) of WordNet.
_ADJECTIVE_ENDINGS = (("er", ""), ("est", ""), ("er", "e"), ("est", "e"))
_ENDINGS = {
    "n": (
        ("s", ""),
        ("ses", "s"),
        ("ves", "f"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("men", "man"),
        ("ies", "y"),
    ),
    "v": (
        ("s", ""),
        ("ies", "y"),
        ("es", "e"),
        ("es", ""),
        ("ed", "e"),
        ("ed", ""),
        ("ing", "e"),
        ("ing", ""),
    ),
    "a": _ADJECTIVE_ENDINGS,
    "s": _ADJECTIVE_ENDINGS,
    "r": (),
}

#: simplemma's codes of the languages that have a name here.
_SIMPLEMMA_CODES = {
    "albanian": "sq",
    "bulgarian": "bg",
    "catalan": "ca",
    "czech": "cs",
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "estonian": "et",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "irish": "ga",
    "italian": "it",
    "latin": "la",
    "latvian": "lv",
    "lithuanian": "lt",
    "norwegian": "nb",
    "persian": "fa",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "slovak": "sk",
    "slovene": "sl",
    "spanish": "es",
    "swahili": "sw",
    "swedish": "sv",
    "turkish": "tr",
    "ukrainian": "uk",
    "welsh": "cy",
}


@lru_cache(maxsize=1)
def _wordnet():
    """Return (lemmas, irregular forms), each by part of speech."""
    path = resources.files("skcook.text").joinpath("data", "wordnet.z")
    lemmas = {pos: set() for pos in "nvar"}
    irregular = {pos: {} for pos in "nvar"}
    for line in zlib.decompress(path.read_bytes()).decode().split("\n"):
        key, _, value = line.partition("\t")
        if "!" in key:
            irregular[key[0]][key[2:]] = value.split(" ")
        else:
            words = value.split(" ")
            for pos in key:
                lemmas[pos].update(words)
    # "s" is WordNet's letter for adjectives that hang on another one.
    lemmas["s"], irregular["s"] = lemmas["a"], irregular["a"]
    return lemmas, irregular


def wordnet_lemma(word, pos="n"):
    """Return the shortest lemma of a word in WordNet, or the word itself if it has none."""
    lemmas, irregular = _wordnet()
    known = lemmas[pos]
    forms = irregular[pos].get(word)
    if forms is None:
        forms = [word[: -len(old)] + new for old, new in _ENDINGS[pos] if word.endswith(old)]
    found = [form for form in (word, *forms) if form in known]
    return min(found, key=len) if found else word


def make_lemmatizer(lemmatize, language, pos):
    """Return a function from a word to its lemma."""
    if lemmatize == "wordnet":
        if language != "english":
            raise ValueError(
                f"lemmatize='wordnet' knows English only; got language={language!r}. "
                "Use lemmatize='simplemma' for other languages."
            )
        return lambda word: wordnet_lemma(word, pos)
    code = _SIMPLEMMA_CODES.get(language)
    if code is None:
        raise ValueError(
            f"lemmatize='simplemma' has no language {language!r}; it has: "
            f"{', '.join(_SIMPLEMMA_CODES)}."
        )
    simplemma = import_optional("simplemma", feature="lemmatize='simplemma'", extra="text")
    return lambda word: simplemma.lemmatize(word, lang=code)
