"""Personal data with a form of its own: e-mail addresses, phone and card numbers, IBAN, IP.

What has a check is checked: an IBAN by its country's length and its check digits (ISO 13616), a
card by Luhn's digit (ISO/IEC 7812), an IP address by the standard library. A phone number has no
check; one is taken that is written as such: after "+" or "00", with an area code in brackets or
behind a 0, in three groups of American lengths, or behind a word that says so. Digits inside what
is written as an account or a card number are no phone number, whether or not the check holds.
Names of people have no form, and are not found.

Every pattern is linear in the text: it starts at a fixed sign or where no run goes on, and gives
nothing back.
"""

import ipaddress
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

# Letters that addresses are written with; those of scripts without spaces would run into them.
_LETTER = "a-zA-Z0-9\u00c0-\u024f\u0370-\u052f"
_LOCAL = rf"-{_LETTER}_.+%'\u2019"
_EMAIL = re.compile(
    # An apostrophe begins no address, unless it is a quote: one that no letter stands before.
    rf"(?:(?<![{_LOCAL}@])|(?<=[^{_LOCAL}@]')|(?<=\A'))(?i:mailto:)?+"
    rf"(?:[{_LETTER}_+%-][{_LOCAL}]*+"
    r"|\"[^\"\s@]{1,64}+(?:[ ][^\"\s@]{1,64}+){0,4}+\")"
    # A price ("3@12.50") has no letter behind the sign.
    rf"@(?![0-9.]++(?![{_LETTER}-]))"
    rf"(?:[{_LETTER}-]++(?:\.[{_LETTER}-]++)++|\[[0-9a-fA-F:.]{{2,45}}+\])"
)

# Length of an IBAN by country (the registry of SWIFT).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
# What stands between groups of digits: spaces, also those that no line ends at.
_SPACES = " \u00a0\u202f"
_IBAN_START = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}[0-9]{{2}}(?=[{_SPACES}-]?[A-Za-z0-9])")
_IBAN_REST = re.compile(rf"(?:[{_SPACES}-]?[A-Za-z0-9])*+")
# Written as an IBAN is, with or without gaps; perhaps with a wrong digit, or one too few.
_IBAN_LIKE = re.compile(
    rf"(?<![A-Za-z0-9])([A-Za-z]{{2}})[0-9]{{2}}(?:[{_SPACES}-]?[A-Z0-9]{{4}}){{2,7}}"
    rf"(?:[{_SPACES}-]?[A-Z0-9]{{1,3}})?(?![A-Za-z0-9])"
)
_CARD = re.compile(rf"(?<![A-Za-z0-9_.,+-])[2-6](?:[{_SPACES}-]?[0-9]){{12,18}}(?![A-Za-z0-9_-])")
_IPV4 = re.compile(r"(?<![A-Za-z0-9_.:])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![A-Za-z0-9_]|\.[0-9])")
_IPV6 = re.compile(
    r"(?<![A-Za-z0-9_.:])[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,44}+(?:%[A-Za-z0-9]{1,16})?+"
    r"(?![A-Za-z0-9_])"
)
_DASHES = "\u2010-\u2013-"
_GAP = rf"[{_SPACES}./{_DASHES}]{{0,3}}"
# Before a group of digits. A group is all digits that stand there: to try every way to part a long
# run of them into groups would take minutes.
_PARTED = rf"(?:(?<=\))|[{_SPACES}./{_DASHES}]{{1,3}}+)"
# Words that say what comes behind them.
_LABELS = (
    "tel|tél|phone|telephone|téléphone|telefon|telefono|teléfono|fax|mobile|mobil|móvil|handy|cell"
    "|whatsapp|тел|телефон|电话|電話|手机|전화"
)
_PHONE = re.compile(
    # Not inside a word or a number, but behind "tel:" (RFC 3966).
    r"(?:(?:(?<![A-Za-z0-9_.,/:#$€£-])|(?<=(?i:tel|fax):))(?:"
    # +49 30 1234567, 0049-30-1234567, +1 (415) 555-2671, +44 (0)20 7946 0018
    rf"(?:\+|00)[1-9][0-9]{{0,14}}+(?:{_GAP}\([0-9]{{1,5}}\)|{_PARTED}[0-9]{{1,15}}+){{0,6}}"
    # (030) 1234567, (415) 555-2671, 8 (495) 123-45-67
    rf"|(?:[18][{_SPACES}-]?)?\([0-9]{{2,5}}\)(?:{_PARTED}[0-9]{{2,15}}+){{1,4}}"
    # 030 1234567, 0171/2345678, 089 / 12 34 56, 01 42 68 53 00, 03012345678
    rf"|0[0-9]{{1,5}}(?:(?: / |[{_SPACES}./{_DASHES}])[0-9]{{2,9}}){{1,5}}|0[1-9][0-9]{{7,10}}"
    # 415-555-2671, 415.555.2671, 1-800-555-0199
    r"|(?:1[ .-])?[2-9][0-9]{2}([ .-])[2-9][0-9]{2}\1[0-9]{4}"
    # 138 0013 8000
    r"|1[3-9][0-9]([ -])[0-9]{4}\2[0-9]{4}"
    r")"
    # Tel. 912 345 678
    rf"|\b(?i:{_LABELS})(?:[.:\uff1a]{{1,2}} ?| )(?P<said>[0-9](?:{_GAP}[0-9]){{6,14}})"
    r")(?![A-Za-z0-9_@]|[.,/:-][0-9])"
)
_DATE = re.compile(
    r"(?:0?[0-9]{1,2}[./ -][0-9]{1,2}[./ -](?:[0-9]{2}|[0-9]{4})"
    r"|[0-9]{4}[./-][0-9]{2}[./-][0-9]{2})\Z"
)


def _is_iban(text: str) -> bool:
    moved = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _replace_ibans(text: str, by: str) -> str:
    """Replace account numbers; each ends where its country says, not where letters end."""
    pieces: list[str] = []
    end = 0
    for match in _IBAN_START.finditer(text):
        start = match.start()
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        if length is None or start < end:
            continue
        stop, taken = start, 0
        limit = _IBAN_REST.match(text, match.end(), match.end() + 70)
        assert limit is not None  # noqa: S101 - the pattern matches the empty text
        for stop in range(start, limit.end()):
            taken += text[stop].isalnum()
            if taken == length:
                break
        behind = text[stop + 1 : stop + 2]
        if taken < length or (behind.isascii() and behind.isalnum()):
            continue
        if _is_iban("".join(filter(str.isalnum, text[start : stop + 1])).upper()):
            pieces += (text[end:start], by)
            end = stop + 1
    return "".join((*pieces, text[end:]))


def _is_card(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_phone(text: str) -> bool:
    n_digits = sum(map(str.isdigit, text))
    return 7 <= n_digits <= 15 and _DATE.match(text) is None


def _replace_checked(
    text: str, pattern: re.Pattern[str], is_one: Callable[[str], bool], by: str
) -> str:
    return pattern.sub(lambda match: by if is_one(match[0]) else match[0], text)


def _iban_like(text: str) -> list[tuple[int, int]]:
    """Return where a text has what is written as an IBAN, right or wrong."""
    return [
        match.span()
        for match in _IBAN_LIKE.finditer(text)
        if abs(sum(map(str.isalnum, match[0])) - _IBAN_LENGTHS.get(match[1].upper(), 0)) <= 2
    ]


def _card_like(text: str) -> list[tuple[int, int]]:
    """Return where a text has what is written as a card or an account number."""
    cards = [match.span() for match in _CARD.finditer(text)]
    return sorted(cards + _iban_like(text))


def _replace_outside(
    text: str,
    pattern: re.Pattern[str],
    is_one: Callable[[str], bool],
    find_others: Callable[[str], list[tuple[int, int]]],
    by: str,
) -> str:
    """Replace what stands in no other number, a part of which it would only be."""
    # What a word beside it says to be one, is a group of the pattern.
    spans = (m.span("said" if m.lastgroup == "said" else 0) for m in pattern.finditer(text))
    found = [(start, stop) for start, stop in spans if is_one(text[start:stop])]
    if not found:
        return text
    others = find_others(text)
    starts = [start for start, _ in others]
    pieces: list[str] = []
    end = 0
    for start, stop in found:
        before = bisect_left(starts, stop) - 1
        if before < 0 or others[before][1] <= start:
            pieces += (text[end:start], by)
            end = stop
    return "".join((*pieces, text[end:]))


def _replace_ips(text: str, by: str) -> str:
    if ":" in text:
        text = _IPV6.sub(partial(_ipv6, by=by), text)
    return _replace_checked(text, _IPV4, _is_ip, by) if "." in text else text


def _ipv6(match: re.Match[str], by: str) -> str:
    # A colon or a full stop at the end belongs to the sentence.
    address = match[0].rstrip(".")
    if not _is_ip(address) and address.endswith(":"):
        address = address[:-1]
    # Without a digit it is rather a name in a program, "a::b".
    is_one = _is_ip(address) and any(map(str.isdigit, address))
    return by + match[0][len(address) :] if is_one else match[0]


def _replace_emails(text: str, by: str) -> str:
    return _EMAIL.sub(lambda match: by, text) if "@" in text else text


#: Kind -> what replaces it in a text, in the order in which they are looked for.
_KINDS: dict[str, Callable[..., str]] = {
    "email": _replace_emails,
    "iban": _replace_ibans,
    "card": partial(_replace_outside, pattern=_CARD, is_one=_is_card, find_others=_iban_like),
    "ip": _replace_ips,
    "phone": partial(_replace_outside, pattern=_PHONE, is_one=_is_phone, find_others=_card_like),
}


def personal_data_steps(emails: str, pii: str | Mapping[str, str]) -> list[Callable[[str], str]]:
    """Return the steps that replace personal data; `emails` goes before what `pii` says of them."""
    wanted = _by_kind(pii)
    if emails != "keep":
        wanted["email"] = emails
    return [
        partial(replace, by=" " if wanted[kind] == "drop" else wanted[kind])
        for kind, replace in _KINDS.items()
        if wanted.get(kind, "keep") != "keep"
    ]


def _by_kind(pii: Any) -> dict[str, str]:
    """Return kind -> what to put in its place."""
    if isinstance(pii, str):
        return {kind: f"<{kind}>" if pii == "name" else pii for kind in _KINDS}
    unknown = [kind for kind in pii if kind not in _KINDS]
    if unknown or not all(isinstance(by, str) for by in pii.values()):
        raise ValueError(
            f"pii={pii!r}: a dict gives each kind its text, {{kind: text}}; "
            f"the kinds are {', '.join(_KINDS)}."
        )
    return dict(pii)
