"""Forms made from the lawbook: what a step must and may say, and the fields of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from fadu.acts.moves import LABELS, Move
from fadu.law.cases import FieldValue
from fadu.law.procedures import Field, Procedure, Step

FIELD = "f-"
"""Before the name of a case's field, so that it is none of the step's own."""
YES_NO = (("", "—"), ("yes", "是"), ("no", "否"))


@dataclass(frozen=True, slots=True)
class Standing:
    """The case a step is offered on: its procedure, the fields known, the day."""

    procedure: Procedure
    known: Mapping[str, FieldValue]
    today: date


class StepForm(forms.Form):
    """One step. ``fields`` of the case are offered where they are not known yet."""

    def __init__(self, step: Step, at: Standing, data: Any = None, warned: bool = False) -> None:
        super().__init__(data, auto_id=f"{step.name}-%s")
        self.step, self.procedure = step, at.procedure
        procedure, known, today = at.procedure, at.known, at.today
        self.fields["on"] = forms.DateField(label="日期", initial=today, widget=_date(today))
        self.fields["time"] = forms.TimeField(label="时刻", required=False, widget=forms.TimeInput({"type": "time"}))
        self.fields["by"] = forms.CharField(
            label="办理人", required=False, max_length=200, help_text="两人以上用“、”隔开，人数由此计算"
        )
        if step.outcomes:
            choices = [("", "—"), *((item, item) for item in step.outcomes)]
            self.fields["outcome"] = forms.ChoiceField(label="结果", choices=choices, required=step.closes)
        for name in step.needs:
            self._need(name)
        if step.approved_by:
            self.fields["approved_by"] = forms.CharField(label="批准人", initial=step.approved_by, max_length=100)
        self.fields["reason"] = forms.CharField(
            label="理由", required=step.reason_required, widget=forms.Textarea({"rows": 2}), max_length=20_000
        )
        self.fields["note"] = forms.CharField(label="备注", required=False, max_length=2000)
        for item in procedure.fields.values():
            if known.get(item.name) is None:
                self.fields[FIELD + item.name] = field_of(item)
        if warned or (data and data.get("excuse")):
            self.fields["excuse"] = forms.CharField(
                label="仍要记录的理由", widget=forms.Textarea({"rows": 2}), max_length=20_000
            )

    def _need(self, name: str) -> None:
        if name in ("officers", "days"):
            self.fields[name] = forms.IntegerField(label=LABELS[name], required=name == "days", min_value=1)
        elif name == "amount":
            self.fields[name] = forms.DecimalField(label="金额", max_digits=15, decimal_places=2)

    def move(self) -> Move:
        """What was filled in, as an act takes it. After ``is_valid``."""
        given = self.cleaned_data
        time, amount = given.get("time"), given.get("amount")
        return Move(
            self.step.name, given["on"], None if time is None else time.hour * 60 + time.minute,
            tuple(part.strip() for part in given.get("by", "").replace(",", "、").split("、") if part.strip()),
            given.get("officers"), given.get("days"), given.get("outcome") or None, given.get("approved_by") or None,
            given.get("reason") or None, None if amount is None else str(amount), given.get("note") or None,
            case_fields(self.procedure, given), given.get("excuse", ""),
        )  # fmt: skip


def case_fields(procedure: Procedure, given: Mapping[str, Any]) -> dict[str, FieldValue]:
    """The case's fields that were filled in."""
    found: dict[str, FieldValue] = {}
    for name, item in procedure.fields.items():
        value = value_of(item, given.get(FIELD + name))
        if value is not None:
            found[name] = value
    return found


def value_of(item: Field, value: Any) -> FieldValue | None:
    """What was filled in for a field, as the law has it; None where nothing was."""
    if value in (None, ""):
        return None
    if item.kind == "flag":
        return bool(value == "yes")
    if item.kind == "number":
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def field_of(item: Field) -> forms.Field:
    """A field of a case as a form has it; left empty, it stays unknown."""
    label = f"{item.label}（{item.unit}）" if item.unit else item.label
    if item.kind == "choice":
        choices = [("", "—"), *((choice, choice) for choice in item.choices)]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    if item.kind == "flag":
        return forms.ChoiceField(label=label, required=False, choices=YES_NO)
    if item.kind == "number":
        return forms.DecimalField(label=label, required=False, max_digits=15)
    if item.kind == "date":
        return forms.DateField(label=label, required=False, widget=forms.DateInput({"type": "date"}))
    return forms.CharField(label=label, required=False, max_length=2000)


def _date(today: date) -> forms.DateInput:
    return forms.DateInput({"type": "date", "max": today.isoformat()}, format="%Y-%m-%d")
