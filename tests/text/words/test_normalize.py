"""The steps on a text: each does what it says, and none takes longer than the text is long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skcook.text import PhraseJoiner, TextCleaner, TextStats, TextVectorizer, WordNGrams
from skcook.text.words._normalize import _EMOJI, is_punctuation, replace_punctuation
from tests._growth import assert_linear

CASES = [
    # urls
    ("urls", "drop", "see https://a.org/x?y=(1), or www.b.com.", "see , or ."),
    ("urls", "<url>", "FTP://x.y and http://a.b/c_(d)", "<url> and <url>"),
    ("urls", "drop", "(http://a.b/c) http://). www. x", "( ) http://). www. x"),
    ("urls", r"\1", "http://a.bc", r"\1"),
    # html
    ("html", "drop", "<p>One</p><p>two</p> be<b>lie</b>f", "One two belief"),
    ("html", "drop", "a < b and c > d, 1<2", "a < b and c > d, 1<2"),
    ("html", "drop", "<script>var x = '<p>';</script>yes<!-- no -->!", "yes !"),
    ("html", "drop", "<style\n>p{}</style >x<br/>y &amp; &lt;&#65;&#x42;", "x y & <AB"),
    ("html", "drop", "open <!-- never closed", "open <!-- never closed"),
    ("html", "drop", "&#99999999999999; &nosuch; &#0;", "&#99999999999999; &nosuch; \ufffd"),
    ("html", "|", "x<hr>y", "x|y"),
    ("html", "drop", '<a title="a>b" href=x>link</a> <p data="x">y', "link y"),
    # links end where RFC 3986 ends them
    ("urls", "<url>", "\u94fe\uff1ahttps://x.org/z\uff0c\u5f88", "\u94fe\uff1a<url>\uff0c\u5f88"),
    ("urls", "<url>", "\u770bhttps://x.org/z \u5427", "\u770b<url> \u5427"),
    (
        "urls",
        "<url>",
        "\u201chttps://x.org\u201d www.x.org\u2014and",
        "\u201c<url>\u201d <url>\u2014and",
    ),
    ("urls", "<url>", "(https://x.org/a_(b)) https://x.org\u2026", "(<url>) <url>\u2026"),
    ("urls", "<url>", "'www.x.org' http://[::1]:80/ www. nowww.x", "'<url>' <url> www. nowww.x"),
    ("urls", "<url>", "_https://x.org_ a_www.x.org/b_", "_<url>_ a_<url>_"),
    # emails
    ("emails", "drop", "to a.b+c@d-e.co.uk, now", "to , now"),
    ("emails", "<mail>", "a@b (no) a@b.c", "a@b (no) <mail>"),
    # mentions and hashtags
    ("mentions", "drop", "@you and me@here.org", "and me@here.org"),
    ("mentions", "drop", ".@you hi @user@host.social!", ". hi !"),
    ("mentions", "someone", "hi @you_2!", "hi someone!"),
    ("hashtags", "drop", "#one and #2 a#b &#35; #3d", "and #2 a#b &#35;"),
    ("hashtags", "word", "so #Good #1", "so Good #1"),
    # numbers
    ("numbers", "drop", "3 or 3.5, 1,000,000 and 10:30", "or , and :"),
    ("numbers", "0", "mp3 x2 3rd 42 v1.2a 1_000", "mp3 x2 3rd 0 v1.2a 1_000"),
    ("numbers", "#", "1.5e-3 1e5 2E+4", "# # #"),
    ("numbers", "#", "$5, .5 (7) -3", "$#, # (#) -#"),
    ("numbers", "#", "..5 ,7.5 a.5 5..6 1.2x 3,4,5.", "# # a.5 #..6 1.2x #."),
    # emoji
    ("emoji", "drop", "good 👍🏽 day 👩‍👩‍👧 x", "good day x"),
    ("emoji", "name", "I ❤️ 🇫🇷!", "I heavy_black_heart flag_fr !"),
    ("emoji", "drop", "a \u203c\ufe0f \u2194\ufe0f \u2122\ufe0f \u00a9\ufe0f b", "a b"),
    ("emoji", "*", "👍👍 1️⃣ © ™ 3", "** * © ™ 3"),
    # contractions
    ("contractions", "expand", "I don't, can't, won't", "I do not, can not, will not"),
    (
        "contractions",
        "expand",
        "We’ll see: they're, I'm, I've",
        "We will see: they are, I am, I have",
    ),
    ("contractions", "expand", "DON'T! Let's. it's", "DO NOT! Let us. it is"),
    ("contractions", "expand", "the dog's 'tis o'clock can'tt", "the dog's 'tis o'clock can'tt"),
    ("contractions", "expand", "she'd the cat'd", "she would the cat'd"),
    # accents
    ("strip_accents", "unicode", "Café naïve Ωμέγα ß", "Cafe naive Ωμεγα ß"),
    ("strip_accents", "ascii", "Café Ωμέγα", "Cafe"),
    # punctuation
    (
        "punctuation",
        "drop",
        "state-of-the-art, it's $5 + 3_4! ok 😀",
        "stateoftheart its 5 34 ok 😀",
    ),
    ("punctuation", "space", "state-of-the-art… «yes»", "state of the art yes"),
    # whitespace
    ("whitespace", "collapse", "  a \t\n b\xa0c\u2003 ", "a b c"),
    ("whitespace", "keep", " a \n b ", " a \n b "),
]


@pytest.mark.parametrize(("setting", "value", "text", "expected"), CASES)
def test_each_setting(setting, value, text, expected):
    cleaner = TextCleaner(lowercase=False, **{setting: value})
    assert cleaner.fit_transform([text]) == [expected]


def test_the_default_changes_case_and_space_alone():
    text = "<b>It's</b> 3 @ HTTP://X.org #tag é 👍"
    assert TextCleaner().fit_transform([text]) == [text.lower()]
    assert TextCleaner(lowercase=False, whitespace="keep").fit_transform([text]) == [text]


def test_the_order_of_the_steps():
    text = "<a href='http://x.org'>See HTTP://Y.org</a> me@z.org @you don't 5"
    cleaner = TextCleaner(
        **dict.fromkeys(["html", "urls", "emails", "mentions", "numbers"], "drop"),
        contractions="expand",
    )
    assert cleaner.fit_transform([text]) == ["see do not"]


@pytest.mark.parametrize("character", list("!-_$+^`~«—“।؟"))
def test_punctuation(character):
    assert is_punctuation(character)
    assert replace_punctuation(character, "drop") == ""


@pytest.mark.parametrize("character", list("a1 é👍°©") + ["\U0001f3fd", "\u0301", "\ud800"])
def test_no_punctuation(character):
    assert not is_punctuation(character)
    assert replace_punctuation(character, "drop") == character


def test_emoji_of_every_kind_are_found():
    for emoji in [
        "😀",
        "❤",
        "❤️",
        "⌚",
        "☎️",
        "⭐",
        "🀄",
        "🧑‍💻",
        "🏴\U000e0067\U000e007f",
        "👋🏿",
        "#️⃣",
    ]:
        assert _EMOJI.fullmatch(emoji), emoji
    for text in ["a", "→", "①", "½", "漢", "−"]:
        assert not _EMOJI.search(text), text


HOSTILE = {
    "one word": "a",
    "digits": "1",
    "numbers that end badly": "1.",
    "points": ".",
    "at signs": "@",
    "mail without end": "a.a@",
    "mail upon mail": "a@b",
    "tags never closed": "<a ",
    "nested tags": "<b>",
    "tags in tags": "<a <b>",
    "links in brackets": "(http://a)",
    "comments never closed": "<!--",
    "scripts never closed": "<script>",
    "ends of scripts": "</script ",
    "links": "http://",
    "links of points": "http://.",
    "hashes": "#1",
    "entities": "&amp",
    "number entities": "&#1",
    "apostrophes": "'",
    "contractions": "n't",
    "spaces": " ",
    "accents": "e\u0301",
    "emoji joined": "👩\u200d",
    "flags": "🇫",
    "keycaps": "1\ufe0f",
    "surrogates": "\ud800",
    "null bytes": "\x00",
    "right to left": "של ",
    "y": "y",
}


EVERYTHING = {
    **dict.fromkeys(["html", "urls", "emails", "mentions", "hashtags", "emoji", "numbers"], "drop"),
    "contractions": "expand",
    "strip_accents": "unicode",
    "stop_words": "english",
    "stem": "porter",
    "lemmatize": "wordnet",
    "punctuation": "space",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_takes_linear_time(piece):
    cleaner = TextCleaner(**EVERYTHING).fit(["The mice"])

    def work(n):
        text = piece * (n // len(piece)) + "x"
        (cleaned,) = cleaner.transform([text])
        assert len(cleaned) <= 2 * len(text)

    assert_linear(work, 50_000, times=8)


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        TextCleaner(**EVERYTHING),
        TextVectorizer(stem="porter", lemmatize="wordnet", ngram_range=(1, 2), weighting="count"),
        PhraseJoiner(),
        TextStats(["n_words", "mean_word_length"]),
        WordNGrams(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_one_word_of_a_hundred_megabytes(estimator):
    word = "a" * 100_000_000
    out = estimator.fit_transform([word + " mice"])
    if isinstance(estimator, TextVectorizer):
        assert out.toarray().tolist() == [[1, 1, 1]]
    elif isinstance(estimator, TextStats):
        assert out.tolist() == [[2, 50_000_002]]
    elif isinstance(estimator, WordNGrams):
        assert [len(gram) for gram in out[0]] == [100_000_000, 4, 100_000_005]
    else:
        (text,) = out
        expected = word + (" mous" if isinstance(estimator, TextCleaner) else " mice")
        assert text == expected


@given(
    st.text("ab .,\u3002\u201d\u4e2d\u2026", max_size=8),
    st.text("ab .,\u3002\u201d\u4e2d\u2026", max_size=8),
    st.sampled_from(["https://x.org/z", "http://a.b/c?d=e#f", "www.x.org/a_(b)"]),
)
def test_nothing_of_the_sentence_goes_with_a_link(before, after, link):
    """Without the link, text + link + text is text + text, unless the text goes on the link."""
    if before[-1:] in ("a", "b") or after[:1] in ("a", "b", ".", ","):
        before, after = f"{before} ", f" {after}"
    cleaner = TextCleaner(urls="", lowercase=False, whitespace="keep")
    assert cleaner.fit_transform([before + link + after]) == [before + after]
