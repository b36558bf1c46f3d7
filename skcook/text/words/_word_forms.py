"""The form that the inflections of a word share: its stem, or its lemma.

**Stems.** The Porter stemmer is word for word that of NLTK, without NLTK and several times faster.
Its rules ask for the *measure* of a stem: how often a vowel is followed by a consonant. Here a word
is written once as a string of ``v`` and ``c``; the measure of any stem of it is then a count in a
prefix of that string, made by C code instead of one call per letter. The rules of a step are found
by the last two letters, so most words pass a step with one look-up. NLTK's stemmer departs from the
paper (irregular words, short words, a kinder ``y``, a few more suffixes), and so does this one.

**Lemmas.** "wordnet" gives those of ``nltk.stem.WordNetLemmatizer`` without NLTK and without its
data: a table of 322 kB, derived from WordNet 3.0, ships with skcook and is loaded on first use.
"simplemma" asks the library of that name, which knows some fifty languages.

References
----------
M. F. Porter (1980), "An algorithm for suffix stripping", Program 14(3), 130-137; the departures are
those of ``nltk.stem.PorterStemmer`` in its default mode.
"""

import threading
import zlib
from functools import lru_cache
from importlib import resources

from skcook.utils._optional import import_optional
from skcook.utils._validation import did_you_mean

_UNCHANGED = (
    *("sky", "news", "inning", "outing", "canning", "howe"),
    *("proceed", "exceed", "succeed"),
)
_IRREGULAR = {
    "skies": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "innings": "inning",
    "outings": "outing",
    "cannings": "canning",
    # Words that the rules would shorten.
    **{w: w for w in _UNCHANGED},
}

_STEP_2 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
    ("logi", "log"),
)
_STEP_3 = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_STEP_4 = tuple(
    (suffix, "")
    for suffix in (
        *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"),
        *("ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"),
    )
)


def _by_ending(rules):
    found = {}
    for suffix, replacement in rules:
        found.setdefault(suffix[-2:], []).append((suffix, replacement))
    return found


_STEP_2_BY_ENDING, _STEP_3_BY_ENDING, _STEP_4_BY_ENDING = map(
    _by_ending, (_STEP_2, _STEP_3, _STEP_4)
)


class _Shapes(dict):
    """Letter -> "v" or "c", for ``str.translate``."""

    def __missing__(self, code):
        return "c"


_SHAPES = _Shapes({ord(letter): "v" for letter in "aeiou"})


def _shape(word):
    """Write a word as vowels and consonants; ``y`` is a vowel after a consonant."""
    shape = word.translate(_SHAPES)
    if "y" not in word:
        return shape
    out = []
    previous = "v"  # so that a "y" that opens the word is a consonant
    for letter, kind in zip(word, shape, strict=True):
        previous = ("v" if previous == "c" else "c") if letter == "y" else kind
        out.append(previous)
    return "".join(out)


def _ends_short(word, shape):
    """Tell whether a stem ends like "hop": consonant, vowel, consonant other than w, x, y."""
    if len(word) == 2:
        return shape == "vc"
    return shape[-3:] == "cvc" and word[-1] not in "wxy"


def _replace(word, rules, least):
    """Apply the first rule whose suffix the word has, if the stem's measure is at least `least`."""
    for suffix, replacement in rules:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            # "logi" asks for the measure of the stem with its l.
            measured = word[:-3] if suffix == "logi" else stem
            if _shape(measured).count("vc") < least:
                return word
            if suffix == "ion" and stem[-1] not in "st":
                return word
            return stem + replacement
    return word


def _strip_plural(word):
    if word[-1] != "s":
        return word
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word if word.endswith("ss") else word[:-1]


def _strip_past(word):
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if "vc" in _shape(word[:-3]) else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            shape = _shape(stem)
            if "v" in shape:
                break
    else:
        return word
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if len(stem) > 1 and stem[-1] == stem[-2] and shape[-1] == "c":
        return stem if stem[-1] in "lsz" else stem[:-1]
    return stem + "e" if shape.count("vc") == 1 and _ends_short(stem, shape) else stem


def _strip_allied(word):
    """Step 2; "-alli" becomes "-al" first and is looked at again."""
    if word.endswith("alli") and "vc" in _shape(word[:-4]):
        word = word[:-2]
    rules = _STEP_2_BY_ENDING.get(word[-2:])
    return _replace(word, rules, 1) if rules else word


def _tidy(word):
    if word[-1:] == "e":
        stem = word[:-1]
        shape = _shape(stem)
        measure = shape.count("vc")
        if measure > 1 or (measure == 1 and not _ends_short(stem, shape)):
            word = stem
    if word.endswith("ll") and _shape(word[:-1]).count("vc") > 1:
        word = word[:-1]
    return word


def porter_stem(word):
    """Return the Porter stem of a word, the same as ``nltk.stem.PorterStemmer().stem(word)``."""
    n_letters = len(word)
    word = word.lower()
    irregular = _IRREGULAR.get(word)
    if irregular is not None:
        return irregular
    if n_letters <= 2:
        return word
    word = _strip_past(_strip_plural(word))
    if word[-1] == "y" and len(word) > 2 and _shape(word[:-1])[-1] == "c":
        word = word[:-1] + "i"
    word = _strip_allied(word)
    rules = _STEP_3_BY_ENDING.get(word[-2:])
    if rules:
        word = _replace(word, rules, 1)
    rules = _STEP_4_BY_ENDING.get(word[-2:])
    if rules:
        word = _replace(word, rules, 2)
    return _tidy(word)


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
