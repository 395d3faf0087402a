"""An act's refusal, put where the person looks: at the field it is about, with what was typed kept."""

from __future__ import annotations

from django import forms

from fadu.acts.errors import Incomplete
from fadu.law.errors import FaduError


def show(form: forms.BaseForm, error: FaduError) -> None:
    """Put the refusal into the form: at its fields where it names them, else above the form."""
    faults = error.faults if isinstance(error, Incomplete) else {"": str(error)}
    for name, words in faults.items():
        form.add_error(name if name in form.fields else None, words)
