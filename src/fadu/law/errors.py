"""Errors of the law: each says what was found, where, what is accepted and by which rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file and line, or a sheet, row and column."""

    file: str
    line: int = 0
    column: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}" if self.line else self.file
        return f"{text}:{self.column}" if self.column else text


class FaduError(Exception):
    """Base of every error a user may see. ``str(error)`` is the message, place first."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class LawbookError(FaduError):
    """A mistake in a lawbook file."""


class CaseError(FaduError):
    """A case that the procedure cannot read: an unknown step, an event before the opening."""


class NoVersion(FaduError):
    """No version of a statute, procedure or calendar binds the day asked for."""
