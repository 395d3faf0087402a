"""Forms made from the lawbook: what a step must and may say, and the fields of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms

from fadu.acts.moves import ATTRIBUTES, LABELS, Move
from fadu.acts.papers import Paper, values_of
from fadu.book.places import Slot
from fadu.law.cases import FieldValue
from fadu.law.procedures import Field, Procedure, Step
from fadu.report.filling import wanted
from fadu.store.histories import Row

FIELD = "f-"
"""Before the name of a case's field, so that it is none of the step's own."""
YES_NO = (("", "—"), ("yes", "是"), ("no", "否"))
YES_NO_OF = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Standing:
    """The case a step is offered on: its procedure, the fields known, the day."""

    procedure: Procedure
    known: Mapping[str, FieldValue]
    today: date


class StepForm(forms.Form):
    """One step. ``fields`` of the case are offered where they are not known yet."""

    def __init__(self, step: Step, at: Standing, data: Any = None, warned: bool = False,
                 initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id=f"{step.name}-%s", initial=dict(initial or {}))
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

    def about(self) -> list[forms.BoundField]:
        """Fields of the step itself."""
        return [field for field in self if not field.name.startswith(FIELD)]

    def facts(self) -> list[forms.BoundField]:
        """Fields of the case that are not known yet."""
        return [field for field in self if field.name.startswith(FIELD)]

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


class CorrectionForm(StepForm):
    """A step as it should have been recorded: what was recorded is filled in, every field of the case is offered."""

    closed = ""
    """Why the record cannot be corrected; empty where it can."""

    def __init__(self, step: Step, at: Standing, row: Row, data: Any = None) -> None:
        body = row.body
        initial: dict[str, Any] = {
            **{name: body.get(name) for name in ATTRIBUTES if name != "by"},
            "on": row.on, "by": "、".join(body.get("by", ())),
            "time": None if row.minute is None else time(row.minute // 60, row.minute % 60),
            **{FIELD + name: YES_NO_OF.get(value, value) if isinstance(value, bool) else value
               for name, value in at.known.items()},
        }  # fmt: skip
        super().__init__(step, Standing(at.procedure, {}, at.today), data, initial=initial)
        self.known = at.known
        self.fields["why"] = forms.CharField(
            label="更正的原因", required=False, max_length=2000, widget=forms.Textarea({"rows": 2}),
            help_text="会与更正一并记录、一并显示",
        )  # fmt: skip

    def move(self) -> Move:
        """The corrected move; of the case's fields, those that are changed."""
        move = super().move()
        fields = {name: value for name, value in move.fields.items() if self.known.get(name) != value}
        return replace(move, fields=fields)


class PaperForm(forms.Form):
    """What an official document asks and what the records do not give; names are the keys of the places to fill."""

    def __init__(self, paper: Paper, data: Any = None, initial: Mapping[str, str] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}), auto_id="paper-%s")
        template, procedure = paper.template, paper.judgement.plan.procedure
        given = values_of(paper)
        for ask in template.asks.values():
            self.fields[ask.name] = _written(ask.label, ask.kind, ask.choices, not ask.optional)
            self.fields[ask.name].help_text = ask.hint
        for slot in wanted(template, given):
            name = slot.key.removesuffix(".大写")
            if name not in self.fields and _can_be_told(slot):
                item = procedure.fields.get(name)
                kind, choices = (item.kind, item.choices) if item else (slot.kind, ())
                self.fields[name] = _written(slot.label, kind, choices, not slot.optional)
                self.fields[name].help_text = "记录里没有，请填写"
                if isinstance(self.fields[name], forms.CharField):
                    self.fields[name].widget = forms.TextInput()

    def filled(self) -> dict[str, str]:
        """What was filled in, by key, as a template takes it. After ``is_valid``."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if value not in (None, "")}


def _can_be_told(slot: Slot) -> bool:
    """Whether a person may supply it: not a number, which is given in order, nor a last day, which follows from law."""
    return slot.key.partition(".")[0] not in ("文书", "时钟", "区", "程序") and "(" not in slot.key


def _written(label: str, kind: str, choices: Sequence[str], required: bool) -> forms.Field:
    match kind:
        case "choice":
            offered = [("", "—"), *((each, each) for each in choices)]
            return forms.ChoiceField(label=label, required=False, choices=offered)
        case "flag":
            return forms.ChoiceField(label=label, required=False, choices=(("", "—"), ("true", "是"), ("false", "否")))
        case "date":
            widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(label=label, required=False, widget=widget)
        case "number" | "capital":
            return forms.DecimalField(label=label, required=False, max_digits=15)
    return forms.CharField(label=label if required else f"{label}（可不填）", required=False,
                           widget=forms.Textarea({"rows": 2}))  # fmt: skip


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


class UploadForm(forms.Form):
    """A file for the case; ``of``: the title it is a new version of."""

    file = forms.FileField(
        label="文件", error_messages={"required": "请选择要上传的文件", "empty": "空文件：没有任何内容"}
    )
    of = forms.ChoiceField(label="作为", required=False)
    title = forms.CharField(label="名称", required=False, max_length=120, help_text="不填时用文件名")

    def __init__(self, titles: Sequence[str], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="upload-%s")
        choices = [("", "新的附件"), *((title, f"“{title}”的新版本") for title in titles)]
        self.fields["of"].choices = choices  # type: ignore[attr-defined]


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


@cache
def field_of(item: Field) -> forms.Field:
    """A field of a case as a form has it; left empty, it stays unknown. Shared by all forms: not to be changed."""
    label = f"{item.label}（{item.unit}）" if item.unit else item.label
    if item.kind == "choice":
        choices = [("", "—"), *((choice, choice) for choice in item.choices)]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    if item.kind == "flag":
        return forms.ChoiceField(label=label, required=False, choices=YES_NO)
    if item.kind == "number":
        return forms.DecimalField(label=label, required=False, max_digits=15)
    if item.kind == "date":
        return forms.DateField(label=label, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    return forms.CharField(label=label, required=False, max_length=2000)


def _date(today: date) -> forms.DateInput:
    return forms.DateInput({"type": "date", "max": today.isoformat()}, format="%Y-%m-%d")
