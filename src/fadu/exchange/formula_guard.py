"""Text that a spreadsheet must not run: what looks like a formula is written so that it stays text."""

from __future__ import annotations

_LEADS = tuple("=+-@\t\r\n＝＋－＠")


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula when it is typed or read from CSV.

    >>> runs_as_formula("=1+1"), runs_as_formula("＝1"), runs_as_formula("立案")
    (True, True, False)
    """
    return text.startswith(_LEADS)


def guarded(text: str) -> str:
    """The text for a CSV cell; one that may run begins with an apostrophe instead.

    >>> guarded("@SUM(A1)"), guarded("2023-01-05")
    ("'@SUM(A1)", '2023-01-05')
    """
    return f"'{text}" if runs_as_formula(text) else text
