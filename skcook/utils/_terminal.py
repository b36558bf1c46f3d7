"""Texts of files and clients on a terminal."""


def printable(text: str) -> str:
    r"""Return a text that cannot steer a terminal: what a file says is not ours.

    >>> printable("a\x1b[2J")
    'a\\x1b[2J'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
