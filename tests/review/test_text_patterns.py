"""Groups of text: what goes, what stays, and that hostile texts take no longer than others."""

import time

import pytest

from skcook.review._text_edits import PATTERNS

POST = """\
From: keith@cco.caltech.edu (Keith Allan Schneider)
Subject: Re: Political Atheists?
Organization: California Institute of Technology,
 Pasadena
Message-ID: <1pi8h5INNq40@gap.caltech.edu>
Lines: 11

In article <1pf2hs$b4d@fido.asd.sgi.com>, livesey@solntze.wpd.sgi.com (Jon Livesey)
writes:

>>If I set out to kill someone, is it murder?
> It is, I think.

No, I disagree: see http://www.example.org/a(b).html, page 12.
Mail me at first.last+tag@mail.example.co.uk.

--
Keith Schneider
keith@cco.caltech.edu
"""


def without(*names):
    text = POST
    for name in PATTERNS:
        if name in names:
            text = PATTERNS[name](text)
    return text


def test_a_header_goes_with_its_continuation_lines():
    text = without("headers")
    assert text.startswith("In article")
    assert "Pasadena" not in text


def test_quotes_go_with_the_line_that_says_whose_they_are():
    text = without("quotes")
    for gone in ("murder", "It is, I think", "writes", "In article", "Livesey"):
        assert gone not in text
    assert "I disagree" in text
    assert "Organization" in text


def test_a_signature_goes():
    text = without("signatures")
    assert text.rstrip().endswith("mail.example.co.uk.")


def test_addresses_and_message_ids_go():
    text = without("emails")
    assert "@" not in text
    assert "Keith Allan Schneider" in text


def test_links_and_numbers_go():
    assert "example.org" not in without("links")
    assert "12" not in without("numbers")
    assert "1pi8h5INNq40" in without("numbers")


def test_all_groups_leave_the_message():
    text = " ".join(without(*PATTERNS).split())
    assert text == "No, I disagree: see page . Mail me at"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("headers", "Note: buy milk\n\nand bread", "Note: buy milk\n\nand bread"),
        ("headers", "", ""),
        ("headers", "\n\nSubject: x\r\nDate: y\r\n\r\nbody", "body"),
        ("headers", "From a@b.c Mon Jan 1\nX-Odd: y\n\nbody", "body"),
        ("headers", "Subject: x\nbody at once", "body at once"),
        ("quotes", "a > b is true\nso is b", "a > b is true\nso is b"),
        ("quotes", "He writes:\nbooks", "He writes:\nbooks"),
        ("quotes", "On 3 May 2020, Ann wrote:\n> yes\nno", "no"),
        ("quotes", "AB> yes\nno", "no"),
        ("quotes", "no\n-----Original Message-----\nFrom: x\nyes", "no"),
        ("quotes", "| yes\n: yes\nno", "no"),
        ("signatures", "One sentence.\n\nAnd a last one.", "One sentence.\n\nAnd a last one."),
        ("signatures", "Text.\n\nBest regards,\nAnn\nAcme", "Text.\n"),
        ("signatures", "Text.\n\nAnn Smith\nann@x.org", "Text."),
        ("signatures", "Text.\n\nAnn Smith", "Text."),
        ("signatures", "Ann Smith", "Ann Smith"),
        ("emails", "write to a.b@c.d.e now", "write to   now"),
        ("emails", "me @ home, @name", "me @ home, @name"),
        ("links", "see www.a.org/b and HTTPS://c.d", "see   and  "),
        ("numbers", "in 1999, 3.5 of abc123 b2b", "in  ,   of abc123 b2b"),
    ],
)
def test_texts_one_by_one(name, text, expected):
    assert PATTERNS[name](text) == expected


HOSTILE = {
    "at": "a@" * 50_000,
    "letters": "a" * 100_000,
    "dots": "a." * 50_000,
    "colons": "a:" * 50_000,
    "fields": "From: x\n" * 20_000,
    "quotes": "> " * 50_000,
    "lines": ">\n" * 50_000,
    "writes": "writes: " * 20_000,
    "rules": "- " * 50_000,
    "spaces": " " * 100_000,
    "digits": "1," * 50_000,
    "slashes": "http://" * 20_000,
    "closing": "thanks " * 20_000,
    "on": "on " * 40_000,
}


@pytest.mark.parametrize("name", list(PATTERNS))
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_take_linear_time(name, text):
    begun = time.process_time()
    PATTERNS[name](text)
    assert time.process_time() - begun < 1.0
