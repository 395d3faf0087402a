"""文书资料: what official documents say of a unit: its name, code letters, seal, address, telephone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.db import transaction

from fadu.acts.errors import Incomplete
from fadu.acts.journal import Entered, enter
from fadu.acts.papers import unit_setting
from fadu.acts.recording import Actor
from fadu.acts.tracing import permit_or_trace
from fadu.clock import now
from fadu.store.identity import check_digit_fits
from fadu.store.models import Setting, Unit

VERB = "unit_papers"
LETTERS = "代字"
SEAL = "印章说明"
CREDIT_CODE = "统一社会信用代码"
FACTS: Mapping[str, tuple[str, int, str]] = {
    LETTERS: ("发文代字", 20, "文号里的代字，如“明司”；没有的用上级单位的"),
    "名称": ("机关名称", 80, "文书里的全称，如“明川区司法局”；不填时用单位名称"),
    SEAL: ("印章说明", 120, "盖哪一枚章，制发时提示，如“行政处罚决定书盖行政执法专用章”"),
    "地址": ("联系地址", 120, ""), "邮编": ("邮政编码", 6, "六位数字"), "电话": ("联系电话", 40, "可以有区号和分机"),
    "联系人": ("联系人", 40, ""), "负责人": ("负责人", 40, "签发人"),
    CREDIT_CODE: ("统一社会信用代码", 18, "18 位"), "复议机关": ("复议机关", 80, "告知复议权利时写明"),
    "管辖法院": ("管辖法院", 80, "告知起诉权利时写明"), "上一级机关": ("上一级机关", 80, ""),
    "缴款银行": ("缴款银行", 80, ""), "缴款账号": ("缴款账号", 40, ""),
}  # fmt: skip
"""Name in the templates (``单位.名称``) → its label on screen, the most characters, a hint."""
_SHAPES = {
    "邮编": ("[0-9]{6}", "六位数字，如 100000"),
    "电话": (r"[0-9+()（）\-—－转、 ]{5,40}", "数字、-、括号和“转”"),
    CREDIT_CODE: ("[0-9A-Z]{18}", "18 位数字和大写字母"),
    "缴款账号": ("[0-9 ]{8,40}", "数字"),
}  # fmt: skip
"""Name → what the text must look like, and that in words."""


def unit_papers(unit: Unit) -> dict[str, str]:
    """What is kept of a unit, empty where nothing is."""
    return papers_of_units([unit])[0]


def papers_of_units(units: Sequence[Unit]) -> list[dict[str, str]]:
    """``unit_papers`` of each."""
    kept = dict(Setting.objects.filter(name__in=map(unit_setting, units)).values_list("name", "value"))
    given = ({**kept.get(unit_setting(unit), {}), LETTERS: unit.short} for unit in units)
    return [{name: str(told.get(name, "")) for name in FACTS} for told in given]


def set_unit_papers(actor: Actor, unit: Unit, given: Mapping[str, str]) -> dict[str, list[str]]:
    """Keep what documents say of the unit; what changed: name → [before, after].

    Raises ``NotPermitted``, or ``Incomplete`` with the words at the field.
    """
    permit_or_trace(actor, VERB, unit.path)
    told = {name: " ".join(given.get(name, "").split()) for name in FACTS}
    faults = {name: words for name, text in told.items() if text and (words := _fault(name, text))}
    if faults:
        raise Incomplete(faults)
    with transaction.atomic():
        before = unit_papers(unit)
        changed = {name: [before[name], text] for name, text in told.items() if before[name] != text}
        if changed:
            if LETTERS in changed:
                unit.short = told[LETTERS]
                unit.save()
            value = {name: text for name, text in told.items() if text and name != LETTERS}
            kept = {"value": value, "changed_at": now(), "changed_by_id": actor.id}
            Setting.objects.update_or_create(name=unit_setting(unit), defaults=kept)
            about = {"unit": unit.code, "what": "修改文书资料", "changed": changed}
            labels = "、".join(FACTS[name][0] for name in changed)
            enter(actor, Entered("unit", "unit", f"修改文书资料 {unit.name}（{unit.code}）：{labels}", about))
    return changed


def _fault(name: str, text: str) -> str:
    label, most, _ = FACTS[name]
    if len(text) > most:
        return f"{label}最多 {most} 字，收到 {len(text)} 字"
    shape, words = _SHAPES.get(name, ("", ""))
    if shape and not re.fullmatch(shape, text):
        return f"{label}应当是{words}；收到“{text}”"
    if name == CREDIT_CODE and not check_digit_fits(text):
        return f"{label}“{text}”的校验位不对（GB 32100-2015）；请对照证书重新填写"
    return ""
