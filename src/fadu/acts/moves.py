"""What a person hands in: a move, a new case, a party; checked against what the lawbook asks of the step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fadu.acts.errors import Incomplete
from fadu.law.cases import FieldValue
from fadu.law.procedures import Field, Procedure, Step

TEXT_LIMIT = 20_000
"""Characters of one text: the longest statement of facts seen is a tenth of it; longer ones are attached as a file."""

ATTRIBUTES = ("by", "officers", "days", "outcome", "approved_by", "reason", "amount", "note")
LABELS = {
    "by": "办理人", "officers": "人数", "days": "天数", "outcome": "结果", "approved_by": "批准人", "reason": "理由",
    "amount": "金额", "note": "备注",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartyGiven:
    """A party as it is handed in. ``kind``: natural or legal."""

    role: str
    name: str
    kind: str = "natural"
    id_number: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A step to be recorded. ``excuse``: the reason given where the law's answer asks for one."""

    step: str
    on: date
    minute: int | None = None
    by: tuple[str, ...] = ()
    officers: int | None = None
    days: int | None = None
    outcome: str | None = None
    approved_by: str | None = None
    reason: str | None = None
    amount: str | None = None
    note: str | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    excuse: str = ""

    def body(self) -> dict[str, Any]:
        """The attributes given, as the leaf has them: no floats, nothing empty."""
        found: dict[str, Any] = {name: getattr(self, name) for name in ATTRIBUTES if getattr(self, name)}
        if self.by:
            found["by"] = list(self.by)
        if self.fields:
            found["fields"] = {name: exact(value) for name, value in self.fields.items()}
        return found


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened in a unit. ``number`` empty: the next of the unit's row. ``simulated``: played, not real."""

    procedure: str
    unit: int
    opening: Move
    title: str = ""
    summary: str = ""
    parties: tuple[PartyGiven, ...] = ()
    secrecy: int = 0
    number: str = ""
    handler: int | None = None
    simulated: bool = False
    origin: str = ""
    """Number of the case it comes from."""


def exact(value: FieldValue) -> Any:
    """A field's value without floats.

    >>> exact(3000.0), exact(12.5), exact(True), exact("警告")
    (3000, {'number': '12.5'}, True, '警告')
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() else {"number": repr(value)}
    return value


def check_move(move: Move, procedure: Procedure, today: date, happened: bool = False) -> dict[str, str]:
    """What is wrong with the form, by field; empty where it can be recorded.

    ``happened``: it is a fact from elsewhere: what the step should also have said is a finding, not a fault.
    """
    faults: dict[str, str] = {}
    step = procedure.steps.get(move.step)
    if step is None:
        accepted = "、".join(item.label for item in procedure.steps.values())
        return {"step": f"“{procedure.name}”没有环节“{move.step}”；可用：{accepted}"}
    if move.on > today:
        faults["on"] = f"日期 {move.on.isoformat()} 在今天（{today.isoformat()}）之后；只能记录已经发生的环节"
    if move.on.year < 1949:
        faults["on"] = f"日期 {move.on.isoformat()} 过早；请核对年份"
    if move.minute is not None and not 0 <= move.minute < 1440:
        faults["minute"] = "时刻应在 00:00 至 23:59 之间"
    if move.outcome and step.outcomes and move.outcome not in step.outcomes:
        faults["outcome"] = f"“{step.label}”的结果没有“{move.outcome}”；可用：{'、'.join(step.outcomes)}"
    for name in ("days", "officers"):
        number = getattr(move, name)
        if number is not None and not 0 < number <= 3650:
            faults[name] = f"{LABELS[name]}应是 1 至 3650 的整数，收到 {number}"
    for name in ("reason", "note", "approved_by", "outcome", "excuse"):
        if len(getattr(move, name) or "") > TEXT_LIMIT:
            faults[name] = f"{LABELS.get(name, '理由')}超过 {TEXT_LIMIT} 字；较长的内容请作为附件上传"
    if move.amount is not None and not re.fullmatch(r"-?\d{1,15}(\.\d{1,4})?", move.amount):
        faults["amount"] = f"金额应是数字（如 5000 或 1280.50），收到“{move.amount[:40]}”"
    for name, value in move.fields.items():
        wrong = wrong_value(procedure.fields.get(name), name, value, procedure)
        if wrong:
            faults[name] = wrong
    return faults if happened else faults | _lacking(move, step)


def _lacking(move: Move, step: Step) -> dict[str, str]:
    """What the step must say, and does not."""
    faults = {}
    if step.reason_required and not (move.reason or "").strip():
        faults["reason"] = f"“{step.label}”须说明理由"
    if step.approved_by and not move.approved_by:
        faults["approved_by"] = f"“{step.label}”须经{step.approved_by}批准，请填写批准人"
    for name in step.needs:
        if not getattr(move, name, None) and not (name == "officers" and len(move.by) > 1):
            faults[name] = f"“{step.label}”须填写{LABELS.get(name, name)}"
    if step.closes and step.outcomes and not move.outcome:
        faults["outcome"] = f"“{step.label}”须填写结果：{'、'.join(step.outcomes)}"
    return faults


def wrong_value(item: Field | None, name: str, value: FieldValue, procedure: Procedure) -> str:
    """What is wrong with a field's value; empty where it is right."""
    if item is None:
        known = "、".join(found.label for found in procedure.fields.values())
        return f"“{procedure.name}”没有字段“{name}”；可用：{known}"
    if value is None:
        return ""
    if item.kind == "choice" and value not in item.choices:
        return f"“{item.label}”没有“{value}”这一项；可用：{'、'.join(item.choices)}"
    if item.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"“{item.label}”应是数字，收到“{value}”"
    if item.kind == "flag" and not isinstance(value, bool):
        return f"“{item.label}”应是“是”或者“否”，收到“{value}”"
    if item.kind in ("text", "date") and not isinstance(value, str):
        return f"“{item.label}”应是文字，收到 {value}"
    if item.kind == "date" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        return f"“{item.label}”应是日期（如 2024-02-09），收到“{value}”"
    return f"“{item.label}”超过 {TEXT_LIMIT} 字" if isinstance(value, str) and len(value) > TEXT_LIMIT else ""


def check_new(new: NewCase) -> None:
    """Raises ``Incomplete`` for what a new case may not be."""
    faults = {}
    if len(new.title) > 200:
        faults["title"] = f"标题最多 200 字，收到 {len(new.title)} 字；详细内容写在“内容”里"
    if len(new.summary) > TEXT_LIMIT:
        faults["summary"] = f"内容最多 {TEXT_LIMIT} 字，收到 {len(new.summary)} 字；较长的材料请作为附件上传"
    if len(new.number) > 48:
        faults["number"] = "编号最多 48 个字符"
    for party in new.parties:
        if not party.name.strip():
            faults["parties"] = "当事人须有名称"
        if len(party.name) > 120 or len(party.address) > 300 or len(party.phone) > 40 or len(party.id_number) > 40:
            faults["parties"] = "当事人的名称最多 120 字，住址 300 字，电话和证件号各 40 个字符"
    if faults:
        raise Incomplete(faults)
