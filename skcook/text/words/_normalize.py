"""What is done to a whole text before its words are found: links, tags, numbers, emoji, accents.

Each step is a function from text to text, in time linear in the text: every pattern either starts
at a fixed character, or may not start inside a run that it could have started before, and none
gives back what it has taken. So no text, however hostile, makes a pattern explode.
"""

import html
import re
import unicodedata
from functools import lru_cache, partial

from sklearn.feature_extraction.text import strip_accents_ascii, strip_accents_unicode

from skcook.text.words._personal_data import personal_data_steps

# What RFC 3986 lets stand in an address, and accented letters, which people write there. Letters of
# other scripts, and quotes, dashes and brackets of theirs, belong to the sentence around it.
_URL = re.compile(
    r"(?i)(?<![a-z0-9])(https?://|ftp://|www\.)"
    r"[a-z0-9\u00c0-\u024f\-._~:/?#\[\]@!$&'()*+,;=%|]++"
)
_MENTION = re.compile(r"(?<![\w+@-])(?<!\w\.)@\w++(?:@[\w-]++(?:\.[\w-]++)++)?+")
_HASHTAG = re.compile(r"(?<![\w&#])#(?=\d*+[^\W\d])(\w++)")
# It begins with what it looks for, and then looks back: half the time of looking back first, at
# every place of a text (bench_text.py).
_NUMBER = re.compile(
    r"[.,\d](?<![\w.,][.,\d])(?>(?<=\d)\d*+|[.,]*+\d++)(?:[.,]\d++)*+(?:[eE][+-]?\d++)?+(?!\w)"
)
# The mark of a byte order, anywhere; the zero-width space is where a line may break between words.
_INVISIBLE = {0xFEFF: None, 0x200B: " "}

_PICTOGRAPH = (
    "\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
# A flag is two letters; a pictograph may carry a colour, a variant, tags, and others joined to it.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    # Signs that the variation selector makes an emoji of.
    "|[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa]\ufe0f"
    f"|[{_PICTOGRAPH}][\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*+"
    f"(?:\u200d[{_PICTOGRAPH}][\ufe0f\U0001f3fb-\U0001f3ff]*+)*+"
)

_BLOCK_OPENS = re.compile(r"(?i)<!--|<(script|style)\b[^<>]*>")
_BLOCK_CLOSES = {
    "": re.compile("-->"),
    "script": re.compile(r"(?i)</script\b[^<>]*>"),
    "style": re.compile(r"(?i)</style\b[^<>]*>"),
}
# Tags inside a word do not part it; all others stand between words.
_INLINE_TAG = re.compile(
    r"(?i)</?(?:a|abbr|b|bdi|bdo|cite|code|em|font|i|mark|q|s|small|span|strong|sub|sup|u|wbr)"
    r"""(?=[\s/>])(?:(?:[^<>"']++|"[^"<]{0,1000}+"|'[^'<]{0,1000}+'){0,100}+>|[^<>]*+>)"""
)
# An attribute in quotes may hold ">"; the bounds keep hostile texts linear.
_TAG = re.compile(
    r"""<[a-zA-Z/!?](?:(?:[^<>"']++|"[^"<]{0,1000}+"|'[^'<]{0,1000}+'){0,100}+>|[^<>]*+>)"""
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

_CONTRACTION = re.compile(
    r"(?<![\w'\u2019])([a-zA-Z]++)['\u2019](t|ll|re|ve|m|s|d)\b", re.IGNORECASE
)
_ENDINGS = {"ll": "will", "re": "are", "ve": "have", "m": "am"}
_NOT = {"can": "can", "won": "will", "shan": "shall", "ain": "is"}
# After these words 's is "is"; after any other it may be a genitive and stays.
_DEMONSTRATIVE = {"he", "she", "it", "that", "there", "who"}
TAKES_IS = _DEMONSTRATIVE | {"this", "here", "what", "where", "when", "why", "how"}
_TAKES_WOULD = _DEMONSTRATIVE | {"i", "you", "we", "they"}


def make_text_steps(settings):
    """Return the steps that settings ask for, in the order in which they are taken."""
    steps = []
    if settings["unicode_form"] is not None:
        steps.append(partial(unicodedata.normalize, settings["unicode_form"]))
    if settings["html"] != "keep":
        steps.append(partial(_replace_html, by=_replacement(settings["html"])))
    if settings["urls"] != "keep":
        steps.append(partial(_replace_urls, by=_text(settings["urls"])))
    if settings["emails"] != "keep" or settings["pii"] != "keep":
        steps += personal_data_steps(settings["emails"], settings["pii"])
    if settings["mentions"] != "keep":
        by = _replacement(settings["mentions"])
        steps.append(partial(_replace, pattern=_MENTION, by=by, sign="@"))
    if settings["hashtags"] == "word":
        steps.append(partial(_replace, pattern=_HASHTAG, by=r"\1", sign="#"))
    elif settings["hashtags"] != "keep":
        by = _replacement(settings["hashtags"])
        steps.append(partial(_replace, pattern=_HASHTAG, by=by, sign="#"))
    if settings["emoji"] == "name":
        steps.append(partial(_replace_emoji, by=_emoji_name))
    elif settings["emoji"] != "keep":
        steps.append(partial(_replace_emoji, by=_replacement(settings["emoji"])))
    if settings["contractions"] == "expand":
        steps.append(_expand_contractions)
    if settings["numbers"] != "keep":
        steps.append(partial(_NUMBER.sub, _replacement(settings["numbers"])))
    if settings["strip_accents"] is not None:
        strip = strip_accents_ascii if settings["strip_accents"] == "ascii" else _strip_accents
        steps.append(strip)
    return steps


def _text(value):
    """Return what is put in: a space for "drop", else the text as it is."""
    return " " if value == "drop" else value


def _replacement(value):
    """Return the same as a template of ``re.sub``."""
    return _text(value).replace("\\", r"\\")


def _replace(text, pattern, by, sign):
    # Most texts do not hold the sign that every match has: looking for it is far quicker.
    return pattern.sub(by, text) if sign in text else text


def _replace_urls(text, by):
    if "://" not in text and "www." not in text.lower():
        return text
    return _URL.sub(lambda match: _replaced_url(match, by), text)


def _replaced_url(match, by):
    """Replace a link up to the punctuation that belongs to the sentence around it."""
    url, end, least = match[0], len(match[0]), len(match[1])
    ends = ".,;:!?'|*"
    if match.string[match.start() - 1 : match.start()] == "_":  # emphasis: _https://example.org_
        ends += "_"
    unopened = {close: url.count(close) - url.count(open_) for open_, close in ("()", "[]")}
    while end > least and (url[end - 1] in ends or unopened.get(url[end - 1], 0) > 0):
        if url[end - 1] in unopened:
            unopened[url[end - 1]] -= 1
        end -= 1
    return url if end == least else by + url[end:]


def without_invisible(text):
    """Take out the mark of a byte order, and write a zero-width space as a space."""
    if text.isascii() or ("\ufeff" not in text and "\u200b" not in text):
        return text
    return text.translate(_INVISIBLE)


def _replace_html(text, by):
    if "<" in text:
        text = _TAG.sub(by, _INLINE_TAG.sub("", _without_blocks(text)))
    if "&" in text:
        # html.unescape alone fails on numbers of thousands of digits.
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return text


def _without_blocks(text):
    """Take out comments, scripts and styles; one that is never closed stays."""
    kept, start, position, unclosed = [], 0, 0, set()
    while opened := _BLOCK_OPENS.search(text, position):
        kind = (opened[1] or "").lower()
        position = opened.end()
        if kind in unclosed:
            continue
        closed = _BLOCK_CLOSES[kind].search(text, position)
        if closed is None:
            unclosed.add(kind)
            continue
        kept.append(text[start : opened.start()])
        start = position = closed.end()
    kept.append(text[start:])
    return " ".join(kept)


def _replace_emoji(text, by):
    return text if text.isascii() and "\u20e3" not in text else _EMOJI.sub(by, text)


def _emoji_name(match):
    return f" {_name_of_emoji(match[0])} "


@lru_cache(maxsize=4096)
def _name_of_emoji(emoji):
    names = (unicodedata.name(character, "") for character in emoji)
    skipped = ("VARIATION SELECTOR", "ZERO WIDTH", "EMOJI MODIFIER", "COMBINING", "TAG ", "CANCEL")
    kept = [name for name in names if name and not name.startswith(skipped)]
    if kept and all(name.startswith("REGIONAL INDICATOR") for name in kept):
        return "flag_" + "".join(name[-1] for name in kept).lower()
    return re.sub(r"\W+", "_", " ".join(kept)).lower()


def _expand_contractions(text):
    return _CONTRACTION.sub(_expanded, text) if "'" in text or "\u2019" in text else text


def _expanded(match):
    word, ending = match[1], match[2].lower()
    lowered = word.lower()
    if ending == "t":
        if not lowered.endswith("n"):
            return match[0]
        words = [_NOT.get(lowered, lowered[:-1]), "not"]
    elif ending == "s":
        if lowered == "let":
            words = ["let", "us"]
        elif lowered in TAKES_IS:
            words = [lowered, "is"]
        else:
            return match[0]
    elif ending == "d":
        if lowered not in _TAKES_WOULD:
            return match[0]
        words = [lowered, "would"]
    else:
        words = [lowered, _ENDINGS[ending]]
    expanded = " ".join(words)
    if word.isupper() and (len(word) > 1 or match[2].isupper()):
        return expanded.upper()
    return word[0] + expanded[1:]


def _strip_accents(text):
    return text if text.isascii() else strip_accents_unicode(text)


def strip_accents_like(words, strip_accents):
    """Return words without accents, in the way of the setting; none where it is None."""
    if strip_accents is None:
        return frozenset()
    strip = strip_accents_ascii if strip_accents == "ascii" else strip_accents_unicode
    return frozenset(filter(None, map(strip, words)))


class _Punctuation(dict):
    """Code of a character -> what takes its place, for ``str.translate``."""

    def __init__(self, by):
        super().__init__()
        self.by = by

    def __missing__(self, code):
        character = chr(code)
        self[code] = value = self.by if is_punctuation(character) else character
        return value


def is_punctuation(character):
    """Tell whether a character is punctuation, or a sign such as ``$`` or ``+``; emoji are not."""
    category = unicodedata.category(character)
    return category[0] == "P" or (
        category in ("Sc", "Sm", "Sk") and not "\U0001f3fb" <= character <= "\U0001f3ff"
    )


_PUNCTUATION = {"drop": _Punctuation(None), "space": _Punctuation(" ")}


def replace_punctuation(text, punctuation):
    """Drop punctuation from a text, put spaces in its place, or keep it."""
    return text if punctuation == "keep" else text.translate(_PUNCTUATION[punctuation])
