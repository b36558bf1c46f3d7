"""Settings are read once, and in one place."""

import pytest

from skcook.text import TextCleaner, TextVectorizer, WordFrequencies
from skcook.text.engine._text_steps import CONSTRAINTS, TextSteps


@pytest.mark.parametrize("cls", [TextCleaner, TextVectorizer])
def test_every_estimator_that_cleans_has_every_setting(cls):
    assert set(CONSTRAINTS) <= set(cls().get_params())
    defaults = TextCleaner().get_params()
    assert {n: cls().get_params()[n] for n in CONSTRAINTS} == {n: defaults[n] for n in CONSTRAINTS}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "the dogs: 3"),
        ({"stop_words": "english"}, " dogs: 3"),
        ({"numbers": "drop", "stem": "porter"}, "the dog:  "),
    ],
)
def test_what_becomes_of_a_document(settings, expected):
    recipe = TextSteps(TextCleaner(**settings))
    assert list(recipe.clean(["The dogs: 3"])) == [expected]


def test_only_what_looks_beyond_a_word_is_said_to():
    assert TextSteps(TextVectorizer(strip_accents="ascii", stem="porter")).changed_in_context == []
    recipe = TextSteps(TextVectorizer(urls="drop", contractions="expand"))
    assert recipe.changed_in_context == ["urls", "contractions"]


def test_estimators_with_fewer_settings_leave_the_others_alone():
    recipe = TextSteps(WordFrequencies())
    assert recipe.text("<b> http://x.y 3 </b>") == "<b> http://x.y 3 </b>"
