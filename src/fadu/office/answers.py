"""What a page answers with: an act's refusal, put where the person looks, with what was typed kept; a workbook."""

from __future__ import annotations

from io import BytesIO

from django import forms
from django.http import HttpResponse

from fadu.acts.errors import Incomplete
from fadu.acts.export_register import FORMATS
from fadu.clock import BEIJING, now
from fadu.law.errors import FaduError


def show(form: forms.BaseForm, error: FaduError) -> None:
    """Put the refusal into the form: at its fields where it names them, else above the form."""
    faults = error.faults if isinstance(error, Incomplete) else {"": str(error)}
    for name, words in faults.items():
        form.add_error(name if name in form.fields else None, words)


def workbook(name: str, file: BytesIO) -> HttpResponse:
    """The Excel file to take away, named by what it is and when it was made."""
    _, suffix, media = FORMATS["xlsx"]
    made = f"{name}-{now().astimezone(BEIJING):%Y%m%d-%H%M}{suffix}"
    return HttpResponse(file.getvalue(), content_type=media, headers={
        "Content-Disposition": f'attachment; filename="{made}"',
    })  # fmt: skip
