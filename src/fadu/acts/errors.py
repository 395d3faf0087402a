"""Why an act was not carried out: nothing was recorded, and the words say what to do."""

from __future__ import annotations

from collections.abc import Sequence

from fadu.law.errors import FaduError
from fadu.law.explain import Note, lines


class ActRefused(FaduError):
    """An act that was not carried out."""


class NotPermitted(ActRefused):
    """The person may not."""


class Unlawful(ActRefused):
    """The law forbids it; ``notes`` bear the articles."""

    def __init__(self, message: str, notes: Sequence[Note] = ()) -> None:
        words = "；".join(line for note in notes for line in lines(note))
        super().__init__(f"{message}：{words}" if words else message)
        self.notes = tuple(notes)


class ReasonNeeded(ActRefused):
    """The law leaves it to judgement, or it is late: a reason must be given, and is recorded with the warnings."""

    def __init__(self, notes: Sequence[Note]) -> None:
        words = "；".join(line for note in notes for line in lines(note))
        super().__init__(f"需要写明理由后再提交：{words}")
        self.notes = tuple(notes)


class Conflict(ActRefused):
    """The case has changed since it was looked at; ``changes`` says what, who and when."""

    def __init__(self, number: str, changes: Sequence[str]) -> None:
        told = "；".join(changes)
        super().__init__(f"{number} 在您打开之后已有变动，本次没有记录，您填写的内容仍保留：{told}。请核对后重新提交")
        self.changes = tuple(changes)


class AlreadyRecorded(ActRefused):
    """The same was recorded a moment ago (a second click, a form sent again): nothing is recorded twice."""


class Incomplete(ActRefused):
    """The form lacks something or has something that cannot be; ``faults`` by the field's name."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("；".join(faults.values()))
        self.faults = faults
