"""Reads ``documents/<procedure>/<name>.yaml``: templates of official documents, checked against the procedures.

A template is text with places to fill: ``{{ 申请人.名称 }}``. What may stand in a place is a closed list
(``fadu.book.places``); no text is ever run. ``fadu.report.filling`` puts the values in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from fadu.book.places import IDENTIFIER, Article, Ask, Places, Role, Slot, Text
from fadu.book.source import Node, load
from fadu.law.citations import Citation
from fadu.law.conditions import Both, Condition, Name, walk
from fadu.law.dates import iso
from fadu.law.errors import LawbookError, Place
from fadu.law.procedures import Procedure
from fadu.law.statutes import Statutes

_FILE = ("when", "versions", "number", "issuer", "addressee", "ask", "attachments", "signed_by", "approved_by",
         "copies_to", "remarks", "red_head", "seal", "cite", "certainty", "note")  # fmt: skip
_BLOCKS = ("text", "flush", "heading", "table")
_SCOPE = ("when", "since", "until", "versions")


@dataclass(frozen=True, slots=True)
class TemplateBlock:
    """One entry of the body. ``kind``: text, flush, heading or table; ``since`` and ``until`` are days of issue."""

    kind: str
    text: Text = ()
    level: int = 1
    rows: tuple[tuple[Text, ...], ...] = ()
    widths: tuple[int, ...] = ()
    header: bool = False
    when: Condition | None = None
    since: int | None = None
    until: int | None = None
    versions: tuple[int, ...] = ()
    """Days of the procedure versions it belongs to; empty: all."""

    def binds(self, version: int, day: int) -> bool:
        """Whether it belongs to a document issued on ``day`` under the procedure version of ``version``."""
        since, until = self.since is None or day >= self.since, self.until is None or day < self.until
        return since and until and (not self.versions or version in self.versions)


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    """An official document to be filled: which step issues it, what it says, what it asks for."""

    procedure: str
    name: str
    title: str
    steps: tuple[str, ...]
    versions: tuple[int, ...]
    """Effective days of the procedure versions it serves."""
    when: Condition | None = None
    number: str = ""
    """The kind in its number: 复决字 of 青江复决字〔2023〕12号; empty: it has none."""
    issuer: Text = ()
    addressee: Text = ()
    body: tuple[TemplateBlock, ...] = ()
    attachments: tuple[Text, ...] = ()
    signed_by: Text = ()
    approved_by: Text = ()
    copies_to: Text = ()
    remarks: tuple[Text, ...] = ()
    asks: Mapping[str, Ask] = field(default_factory=dict, hash=False)
    roles: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict, hash=False)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Kind and Chinese name of each field of the case."""
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Full titles of the statutes the procedure cites, by short title."""
    red_head: bool = False
    seal: bool = True
    cites: tuple[Citation, ...] = ()
    certainty: str = "text"
    note: str = ""
    place: Place = Place("")

    @property
    def key(self) -> str:
        return f"{self.procedure}/{self.name}"

    @property
    def texts(self) -> Iterator[Text]:
        """Every text of it."""
        yield from (self.issuer, self.addressee, self.signed_by, self.approved_by, self.copies_to)
        yield from (*self.attachments, *self.remarks)
        for block in self.body:
            yield block.text
            yield from (cell for row in block.rows for cell in row)

    @property
    def slots(self) -> dict[str, Slot]:
        """Every place to fill, by key."""
        return {part.key: part for text in self.texts for part in text if isinstance(part, Slot)}

    @property
    def articles(self) -> Iterator[Citation]:
        """Every article it names, in its text or as its basis."""
        yield from self.cites
        yield from (part.citation for text in self.texts for part in text if isinstance(part, Article))

    @property
    def conditions(self) -> Iterator[Condition]:
        """The condition of the document and those of its blocks."""
        yield from (tree for tree in (self.when, *(block.when for block in self.body)) if tree is not None)


@dataclass(frozen=True)
class Documents:
    """All templates of a lawbook, and the parts that parties play in each procedure."""

    templates: Mapping[str, DocumentTemplate]
    roles: Mapping[str, tuple[Role, ...]]

    @cached_property
    def _by_step(self) -> dict[tuple[str, str], list[DocumentTemplate]]:
        found: dict[tuple[str, str], list[DocumentTemplate]] = {}
        for template in self.templates.values():
            for step in template.steps:
                found.setdefault((template.procedure, step), []).append(template)
        return found

    def of_step(self, procedure: Procedure, step: str) -> list[DocumentTemplate]:
        """The documents that go with a step of a version of a procedure, in the order of their names."""
        known = self._by_step.get((procedure.code, step), [])
        return [template for template in known if procedure.effective_day in template.versions]

    def get(self, key: str) -> DocumentTemplate:
        """A template by ``procedure/name``. Raises ``LawbookError`` that lists what there is."""
        if key not in self.templates:
            same = [name for name in self.templates if name.partition("/")[0] == key.partition("/")[0]]
            raise LawbookError(f"没有文书模板“{key}”；可用：{'、'.join(same or self.templates)}")
        return self.templates[key]


def load_documents(folder: Path, procedures: Sequence[Procedure], statutes: Statutes) -> Documents:
    """The templates of a lawbook's folder. Raises ``LawbookError`` on the first mistake."""
    documents, faults = survey_documents(folder, procedures, statutes)
    if faults:
        raise faults[0]
    return documents


def survey_documents(
    folder: Path, procedures: Sequence[Procedure], statutes: Statutes
) -> tuple[Documents, list[LawbookError]]:
    """What can be read of the templates, with every file's first mistake."""
    faults: list[LawbookError] = []
    root = folder / "documents"
    shared = Shared(statutes)
    try:
        shared = read_shared(root, procedures, statutes)
    except LawbookError as error:
        faults.append(error)
    found: dict[str, DocumentTemplate] = {}
    for path in sorted(root.glob("*/*.yaml")) if not faults else ():
        try:
            template = read_template(path, procedures, shared)
            found[template.key] = template
        except LawbookError as error:
            faults.append(error)
    return Documents(found, shared.roles), faults


@dataclass(frozen=True, slots=True)
class Shared:
    """What the templates of a lawbook share: statutes, the parts of parties, and clauses that many of them end with."""

    statutes: Statutes
    roles: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)
    clauses: Mapping[str, Node] = field(default_factory=dict)


def read_shared(root: Path, procedures: Sequence[Procedure], statutes: Statutes) -> Shared:
    """``roles.yaml`` and ``clauses.yaml`` of the folder of templates, where they are."""
    roles, clauses = root / "roles.yaml", root / "clauses.yaml"
    return Shared(
        statutes,
        read_roles(roles, procedures) if roles.exists() else {},
        load(clauses).map() if clauses.exists() else {},
    )


def read_roles(path: Path, procedures: Sequence[Procedure]) -> dict[str, tuple[Role, ...]]:
    """``roles.yaml``: the parts of parties by procedure code. Errors: ``LawbookError`` with file:line."""
    codes = list(dict.fromkeys(procedure.code for procedure in procedures))
    found = {}
    for code, node in load(path).map().items():
        if code not in codes:
            node.fail(f"没有程序“{code}”；可用：{'、'.join(codes)}")
        found[code] = tuple(_role(item) for item in node.list())
    return found


def _role(node: Node) -> Role:
    if not node.is_map:
        return Role(node.text())
    entry = node.keys(("role",), ("optional",))
    return Role(entry["role"].text(), "optional" in entry and entry["optional"].boolean())


def read_template(path: Path, procedures: Sequence[Procedure], shared: Shared) -> DocumentTemplate:
    """One template. Errors: ``LawbookError`` with file:line."""
    node = load(path)
    top = node.keys(("title", "steps", "body"), _FILE)
    reader = _places_of(path, node, top, procedures, shared)

    def text(key: str, default: str = "") -> Text:
        return reader.text(top[key]) if key in top else reader.parse(default, node)

    def texts(key: str) -> tuple[Text, ...]:
        return tuple(reader.text(item) for item in top[key].many()) if key in top else ()

    def flag(key: str, default: bool) -> bool:
        return top[key].boolean() if key in top else default

    issuer = top["issuer"].text() if "issuer" in top else "{{ 单位.名称 }}"
    template = DocumentTemplate(
        procedure=reader.code,
        name=path.stem,
        title=_said(top["title"]),
        steps=tuple(reader.step(item) for item in top["steps"].many()),
        versions=reader.days,
        when=reader.condition(top["when"]) if "when" in top else None,
        number=_number_kind(top["number"]) if "number" in top else "",
        issuer=text("issuer", issuer),
        addressee=text("addressee"),
        body=tuple(block for item in top["body"].many() for block in _blocks(item, reader, shared.clauses)),
        attachments=texts("attachments"),
        signed_by=text("signed_by", issuer),
        approved_by=text("approved_by"),
        copies_to=text("copies_to"),
        remarks=texts("remarks"),
        asks=reader.asks,
        roles=tuple(role.name for role in reader.roles),
        kinds=reader.kinds,
        labels=reader.labels,
        titles=reader.titles,
        red_head=flag("red_head", False),
        seal=flag("seal", True),
        cites=tuple(reader.citation(item) for item in top["cite"].many()) if "cite" in top else (),
        certainty=top["certainty"].choice("text", "secondary", "policy", "inferred") if "certainty" in top else "text",
        note=top["note"].text() if "note" in top else "",
        place=node.place,
    )
    _refuse_unused(template, top)
    return template


def _said(node: Node) -> str:
    if not node.text().strip():
        node.fail("title 是空的；写出文书名称，如 行政复议申请受理通知书")
    if "{{" in node.text():
        node.fail("title 不能有待填项；文书名称是固定的，需要不同名称时另写一个模板")
    return node.text().strip()


def _number_kind(node: Node) -> str:
    if not re.fullmatch(r"[\u4e00-\u9fff]{1,8}", node.text()):
        node.fail(f"number“{node.text()}”不是文号中的类别；写一至八个汉字，如 复决字，文号成为 青江复决字〔2023〕12号")
    return node.text()


def _refuse_unused(template: DocumentTemplate, top: dict[str, Node]) -> None:
    """A question that nothing reads would be asked in vain."""
    read = {name.split(".")[0] for name in template.slots}
    read |= {part.name for tree in template.conditions for part in walk(tree) if isinstance(part, Name)}
    for name, node in top["ask"].map().items() if "ask" in top else ():
        if name not in read:
            node.fail(f"ask 的“{name}”没有用到；在正文写 {{{{ {name} }}}}，或者删去")


def _places_of(
    path: Path, node: Node, top: dict[str, Node], procedures: Sequence[Procedure], shared: Shared
) -> Places:
    code = path.parent.name
    every = [procedure for procedure in procedures if procedure.code == code]
    if not every:
        codes = "、".join(dict.fromkeys(procedure.code for procedure in procedures))
        node.fail(f"没有程序“{code}”；模板放在以程序 code 命名的文件夹里，可用：{codes}")
    if "versions" in top:
        chosen = _versions(top["versions"], every)
    else:
        steps = [item.text() for item in top["steps"].many()]
        chosen = [procedure for procedure in every if all(step in procedure.steps for step in steps)] or every[-1:]
    fields = set(chosen[0].fields).union(*(procedure.fields for procedure in chosen))
    asks = {name: _ask(name, item, fields) for name, item in top["ask"].map().items()} if "ask" in top else {}
    return Places(chosen, asks, shared.roles.get(code, ()), shared.statutes)


def _versions(node: Node, every: Sequence[Procedure]) -> list[Procedure]:
    chosen = []
    for item in node.many():
        day = item.date_day()
        found = [procedure for procedure in every if procedure.effective_day == day]
        if not found:
            known = "、".join(iso(procedure.effective_day) for procedure in every)
            item.fail(f"程序“{every[0].name}”没有 {item.text()} 起施行的版本；已有：{known}")
        chosen += found
    return chosen


def _ask(name: str, node: Node, fields: set[str]) -> Ask:
    if not IDENTIFIER.fullmatch(name):
        node.fail(f"ask 的名称“{name}”应是英文标识符，如 facts；中文写在 label 里")
    if name in fields:
        node.fail(f"ask 的“{name}”与案件字段重名；字段直接写 {{{{ {name} }}}}，不必再问")
    entry = node.keys(("label",), ("type", "choices", "optional", "hint"))
    if not entry["label"].text().strip():
        entry["label"].fail("label 是空的；写出要填什么")
    choices = entry["choices"].texts() if "choices" in entry else ()
    kind = entry["type"].choice("text", "date", "number", "flag") if "type" in entry else "text"
    if choices and "type" in entry:
        entry["type"].fail("有 choices 的不写 type")
    return Ask(
        name=name,
        label=entry["label"].text(),
        kind="choice" if choices else kind,
        choices=choices,
        optional="optional" in entry and entry["optional"].boolean(),
        hint=entry["hint"].text() if "hint" in entry else "",
    )


def _blocks(node: Node, reader: Places, clauses: Mapping[str, Node]) -> Iterator[TemplateBlock]:
    """One entry of the body, or the entries of the clause it names."""
    if not (node.is_map and "clause" in node.map()):
        yield _block(node, reader)
        return
    entry = node.keys(("clause",), ("when",))
    name = entry["clause"].text()
    if name not in clauses:
        entry["clause"].fail(f"没有条款“{name}”；documents/clauses.yaml 中有：{'、'.join(clauses) or '（无）'}")
    when = reader.condition(entry["when"]) if "when" in entry else None
    for item in clauses[name].list():
        block = _block(item, reader)
        both = Both(when, block.when) if when is not None and block.when is not None else when or block.when
        yield replace(block, when=both)


def _block(node: Node, reader: Places) -> TemplateBlock:
    if not node.is_map:
        return TemplateBlock("text", reader.text(node))
    entry = node.keys((), (*_BLOCKS, *_SCOPE, "level"))
    kinds = [kind for kind in _BLOCKS if kind in entry]
    if len(kinds) != 1:
        node.fail("正文的一项写且只写其中之一：text（段落）、flush（顶格）、heading（标题）、table（表格）、clause（条款）")
    if "versions" in entry:
        reader = Places(_versions(entry["versions"], reader.versions), reader.asks, reader.roles, reader.statutes)
    since = entry["since"].date_day() if "since" in entry else None
    until = entry["until"].date_day() if "until" in entry else None
    if since is not None and until is not None and until <= since:
        entry["until"].fail("until（不含当日）应晚于 since")
    level = entry["level"].at_least(1) if "level" in entry else 1
    if level > 4:
        entry["level"].fail("level 至多是 4：一、（一）1.（1）")
    form = _table(entry["table"], reader) if "table" in entry else _NO_TABLE
    return TemplateBlock(
        kind=kinds[0],
        text=() if "table" in entry else reader.text(entry[kinds[0]]),
        level=level,
        rows=form.rows,
        widths=form.widths,
        header=form.header,
        when=reader.condition(entry["when"]) if "when" in entry else None,
        since=since,
        until=until,
        versions=reader.days if "versions" in entry else (),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    rows: tuple[tuple[Text, ...], ...]
    widths: tuple[int, ...]
    header: bool


_NO_TABLE = _Table((), (), False)


def _table(node: Node, reader: Places) -> _Table:
    entry = node.keys(("widths", "rows"), ("header",))
    widths = tuple(item.at_least(1) for item in entry["widths"].list())
    rows = tuple(tuple(reader.text(cell) for cell in row.list()) for row in entry["rows"].list())
    for row, cells in zip(entry["rows"].list(), rows, strict=True):
        if not 1 <= len(cells) <= len(widths):
            most = len(widths)
            row.fail(f"这一行有 {len(cells)} 格；widths 有 {most} 列，可写一至 {most} 格（末格占满余下的列）")
    return _Table(rows, widths, "header" in entry and entry["header"].boolean())
