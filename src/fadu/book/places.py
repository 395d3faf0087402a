"""The places of a document template: what ``{{ … }}`` may name, and what a condition may ask, in every version served.

The list is closed; no text is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fadu.book.kinds import Kind, check_kinds, step_kind
from fadu.book.procedures import at
from fadu.book.source import Node
from fadu.law.citations import Citation, parse_citation
from fadu.law.conditions import Condition, Name, OfStep, parse_condition, walk
from fadu.law.dates import iso
from fadu.law.procedures import Procedure
from fadu.law.statutes import Statutes

CASE_FACTS = {"编号": "text", "名称": "text", "承办人": "text"}
PAPER_FACTS = {"文号": "text", "日期": "date"}
DISTRICT_FACTS = {"名称": "text", "政府": "text"}
UNIT_FACTS = {
    "名称": "text", "代字": "text", "地址": "text", "邮编": "text", "电话": "text", "联系人": "text", "负责人": "text",
    "统一社会信用代码": "text", "复议机关": "text", "管辖法院": "text", "上一级机关": "text", "缴款银行": "text",
    "缴款账号": "text",
}  # fmt: skip
PARTY_FACTS = {"名称": "text", "类别": "text", "证件号码": "text", "住所": "text", "基本情况": "text"}
EVENT_FACTS = {
    "日期": "date", "结果": "text", "理由": "text", "批准人": "text", "天数": "number", "金额": "number",
    "办理人": "text", "条文": "text",
}  # fmt: skip
CLOCK_FACTS = {"起算日": "date", "末日": "date", "期限": "text", "单位": "text", "条文": "text"}
_HEADS = {"案件": CASE_FACTS, "文书": PAPER_FACTS, "区": DISTRICT_FACTS, "单位": UNIT_FACTS, "事件": EVENT_FACTS}
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to fill. ``key`` names the value, ``label`` says in Chinese what is wanted, ``kind`` how it is written:
    text, date, number, flag, choice or capital (an amount in 大写). ``optional``: the block is left out without it.
    """

    key: str
    label: str
    kind: str = "text"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """An article named in the text, written out in the form of official documents."""

    citation: Citation
    text: str


Text = tuple[str | Slot | Article, ...]
"""Text with places: what is written, and what is filled in between."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something only the writer of the document knows (the facts found, the conditions set)."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    optional: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A part played in a procedure (申请人、第三人). ``optional``: a case may have nobody in it."""

    name: str
    optional: bool = False


@dataclass(frozen=True)
class Places:
    """What a text of a template may speak of: every version it serves has it."""

    versions: Sequence[Procedure]
    asks: Mapping[str, Ask]
    roles: tuple[Role, ...]
    statutes: Statutes

    @property
    def code(self) -> str:
        return self.versions[0].code

    @property
    def days(self) -> tuple[int, ...]:
        return tuple(procedure.effective_day for procedure in self.versions)

    @property
    def kinds(self) -> dict[str, str]:
        return {name: item.kind for procedure in self.versions for name, item in procedure.fields.items()}

    @property
    def labels(self) -> dict[str, str]:
        return {name: item.label for procedure in self.versions for name, item in procedure.fields.items()}

    @property
    def titles(self) -> dict[str, str]:
        """Full titles of the statutes that the versions cite, by short title."""
        shorts = {cite.statute for procedure in self.versions for cite, _, _ in procedure.citations()}
        return {short: self.statutes.get(short).title for short in sorted(shorts)}

    def text(self, node: Node) -> Text:
        return self.parse(node.text(), node)

    def parse(self, text: str, node: Node) -> Text:
        """The text cut at its places; neighbouring words are joined."""
        parts: list[str | Slot | Article] = []
        position = 0
        for match in _PLACE.finditer(text):
            parts += [text[position : match.start()], self.place(match[1], node)]
            position = match.end()
        parts.append(text[position:])
        for part in parts:
            if isinstance(part, str) and ("{{" in part or "}}" in part):
                node.fail("待填项的括号不成对；写作 {{ 申请人.名称 }}")
        return tuple(part for part in parts if part)

    def place(self, name: str, node: Node) -> Slot | Article:
        """What stands between the braces."""
        head, _, rest = name.partition(".")
        if head == "条文":
            return at(node, lambda _: self._article(rest))
        if head in _HEADS:
            return self._fact(name, head, rest, node)
        if head in ("环节", "时钟"):
            return self._of(name, head, rest, node)
        if IDENTIFIER.fullmatch(head):
            return self._field(name, head, rest, node)
        return self._party(name, head, rest, node)

    def _fact(self, name: str, head: str, rest: str, node: Node) -> Slot:
        facts = _HEADS[head]
        if rest not in facts:
            node.fail(f"“{name}”不是待填项；“{head}”可写：{'、'.join(f'{head}.{fact}' for fact in facts)}")
        named = {"文书.文号": "文号", "文书.日期": "成文日期"}
        label = named.get(name, f"{'本环节' if head == '事件' else head}的{rest}")
        return Slot(name, label, facts[rest])

    def _of(self, name: str, head: str, rest: str, node: Node) -> Slot:
        target, _, fact = rest.partition(".")
        facts = EVENT_FACTS if head == "环节" else CLOCK_FACTS
        label = self.step_label(target, node) if head == "环节" else self._clock_label(target, node)
        if fact not in facts:
            node.fail(f"“{name}”不是待填项；可写：{'、'.join(f'{head}.{target}.{each}' for each in facts)}")
        return Slot(name, f"“{label}”的{fact}", facts[fact])

    def _field(self, name: str, head: str, rest: str, node: Node) -> Slot:
        ask = self.asks.get(head)
        label, kind = (ask.label, ask.kind) if ask else self._case_field(head, node)
        if rest and (rest != "大写" or kind != "number"):
            node.fail(f"“{name}”不是待填项；只有数字可以写 .大写（金额大写）")
        return Slot(name, label, "capital" if rest else kind, ask is not None and ask.optional)

    def _case_field(self, name: str, node: Node) -> tuple[str, str]:
        self._in_every(name, "字段", lambda procedure: procedure.fields, node, "；只有写文书的人知道的，列在 ask 里")
        item = self.versions[-1].fields[name]
        return item.label, item.kind

    def _party(self, name: str, head: str, rest: str, node: Node) -> Slot:
        role = next((role for role in self.roles if role.name == head), None)
        if role is None:
            heads = "、".join((*_HEADS, "环节.…", "时钟.…", "条文.…", *(role.name for role in self.roles)))
            node.fail(
                f"“{name}”不是待填项；开头可写：{heads}，或字段、ask 的英文名（当事人的角色列在 documents/roles.yaml）"
            )
        if rest not in PARTY_FACTS:
            node.fail(f"“{name}”不是待填项；“{head}”可写：{'、'.join(f'{head}.{fact}' for fact in PARTY_FACTS)}")
        return Slot(name, f"{head}的{rest}", "text", role.optional)

    def _article(self, text: str) -> Article:
        found = parse_citation(text, self.versions[-1].statute)
        statute = self.statutes.get(found.statute)
        cite = Citation(statute.short, found.article, found.inserted, found.paragraph, found.item)
        return Article(cite, cite.formal(statute.title))

    def citation(self, node: Node) -> Citation:
        """A citation of a known statute, the procedure's own where none is named."""
        return at(node, lambda text: self._article(text).citation)

    def step(self, node: Node) -> str:
        """The name of a step that every version has."""
        self.step_label(node.text(), node)
        return node.text()

    def step_label(self, name: str, node: Node) -> str:
        """The label of a step that every version has; refused at ``node`` where one has not."""
        self._in_every(name, "环节", lambda procedure: procedure.steps, node)
        return self.versions[-1].steps[name].label

    def _clock_label(self, name: str, node: Node) -> str:
        self._in_every(name, "时钟", lambda procedure: procedure.clocks, node)
        return self.versions[-1].clocks[name].label

    def _in_every(
        self, name: str, what: str, names: Callable[[Procedure], Mapping[str, object]], node: Node, hint: str = ""
    ) -> None:
        for procedure in self.versions:
            known = names(procedure)
            if name not in known:
                which = f"（{iso(procedure.effective_day)} 起施行）"
                accepted = "、".join(known) or "（无）"
                node.fail(f"程序“{procedure.name}”{which}没有{what}“{name}”{hint}；可用：{accepted}")

    def condition(self, node: Node) -> Condition:
        """A condition on the fields, the questions asked and what has happened."""
        tree = at(node, parse_condition)
        for part in walk(tree):
            if isinstance(part, OfStep):
                self.step_label(part.step, node)
            elif isinstance(part, Name) and part.name not in self.asks:
                self._case_field(part.name, node)
        at(node, lambda _: check_kinds(tree, self._kind))
        return tree

    def _kind(self, node: Name | OfStep) -> Kind:
        if isinstance(node, OfStep):
            outcomes = [word for procedure in self.versions for word in procedure.steps[node.step].outcomes]
            return step_kind(node, dict.fromkeys(outcomes))
        if node.name in self.asks:
            return Kind(self.asks[node.name].kind, self.asks[node.name].choices)
        choices = [word for procedure in self.versions for word in procedure.fields[node.name].choices]
        return Kind(self.versions[-1].fields[node.name].kind, tuple(dict.fromkeys(choices)))
