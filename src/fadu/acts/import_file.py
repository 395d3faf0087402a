"""导入的文件: taken in, kept sealed in the district's folder, its columns understood, its sheets chosen."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from fadu.acts.errors import ActRefused, Incomplete
from fadu.acts.recording import Actor
from fadu.acts.tracing import permit_or_trace, trace
from fadu.clock import now
from fadu.exchange.cells import plain_word
from fadu.exchange.rejects import FileError
from fadu.exchange.sheet_apply import Law, Units
from fadu.exchange.sheet_mapping import SheetMapping, check_targets
from fadu.exchange.sheet_proposal import fitness, propose
from fadu.exchange.sheets import Workbook, read_workbook
from fadu.exchange.table_shape import Table
from fadu.exchange.uploads import Upload, inspect_upload
from fadu.law.errors import FaduError, Place
from fadu.law.procedures import Procedure
from fadu.store.access import Access
from fadu.store.lawbook import book
from fadu.store.models import ImportBatch, ImportMapping, Person, Role, Unit
from fadu.store.sealing import seal_bytes, unseal_bytes

SEALED_AS = "upload"
FITTING = 0.25
"""How well a table must fit a register to be taken for one where nobody said which."""

LONGEST_SHEET = 80


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What is to be done with one sheet. ``known``: the saved mapping that was recognised by the sheet's columns."""

    name: str
    mapping: SheetMapping
    use: bool = True
    known: str = ""


def imports_of(access: Access) -> QuerySet[ImportBatch]:
    """The imports a person may see: the person's own; those of all, for an administrator of the whole district."""
    over_all = any(path.count(".") == 1 for path in access.paths(frozenset({Role.ADMINISTRATOR})))
    return ImportBatch.objects.filter(Q() if over_all else Q(owner=access.person))


def take_in(actor: Actor, name: str, content: bytes, procedure: str = "") -> ImportBatch:
    """Keep a file and propose what it means. ``procedure`` empty: the register whose words its columns fit best.

    Raises ``NotPermitted``, ``FileError`` (what the file is, and what to do), ``Incomplete``.
    """
    permit_or_trace(actor, "import")
    upload = inspect_upload(content, name)
    workbook = read_workbook(upload)
    if not workbook.tables:
        raise FileError("；".join(sheet.fault for sheet in workbook.sheets if sheet.fault), Place(upload.name))
    long = next((table.sheet for table in workbook.tables if len(table.sheet) > LONGEST_SHEET), "")
    if long:
        reason = f"工作表的名称“{long[:20]}……”有 {len(long)} 个字；接受：至多 {LONGEST_SHEET} 字。请改短后再传"
        raise FileError(reason, Place(upload.name))
    version = _register(procedure, workbook.tables)
    owner = _person(actor)
    batch = ImportBatch(
        owner=owner, procedure=version.code, name=upload.name, file=_keep(content), sha256=upload.digest,
        total=sum(len(table.rows) for table in workbook.tables), made_at=now(),
    )  # fmt: skip
    settle_plans(batch, [_plan(table, version, owner) for table in workbook.tables])
    batch.save()
    trace(actor, "import", f"上传 {upload.name}，导入{version.name}台账（第 {batch.pk} 批）")
    return batch


def _person(actor: Actor) -> Person:
    if actor.access is None:
        raise ActRefused("导入须写明由谁进行")
    return actor.access.person


def _register(procedure: str, tables: Sequence[Table]) -> Procedure:
    if procedure:
        return book().versions(procedure)[-1]
    table = max(tables, key=lambda found: len(found.rows))
    newest = [book().versions(code)[-1] for code in book().codes]
    fit, version = max(((fitness(table, found), found) for found in newest), key=lambda pair: pair[0])
    if fit < FITTING:
        raise Incomplete({"procedure": "看不出这是哪一种台账（列名与各台账的都不相近）；请选择台账后再传"})
    return version


# The file


def _folder() -> Path:
    return Path(settings.DISTRICT.uploads)


def _keep(content: bytes) -> str:
    """Write the file sealed, whole or not at all; its name in the folder."""
    folder, name = _folder(), f"{secrets.token_hex(16)}.sealed"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = folder / f".{name}"
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(seal_bytes(content, SEALED_AS))
        file.flush()
        os.fsync(file.fileno())
    written.replace(folder / name)
    return name


def upload_of(batch: ImportBatch) -> Upload:
    """The file as it was sent. Raises ``FaduError`` where it was dropped, is gone, or is not what it was."""
    if not batch.file:
        raise FaduError(f"第 {batch.pk} 批的文件已删除；要再导入，请重新上传")
    try:
        content = unseal_bytes((_folder() / batch.file).read_bytes(), SEALED_AS)
    except FileNotFoundError:
        raise FaduError(f"第 {batch.pk} 批的文件“{batch.name}”不在了；请从备份恢复 uploads，或者重新上传") from None
    return inspect_upload(content, batch.name)


def drop_file(batch: ImportBatch) -> None:
    """Delete the file of an import that is over; what became of its rows stays."""
    if batch.state in (ImportBatch.State.WAITING, ImportBatch.State.RUNNING):
        raise ActRefused("正在导入，文件还要用；请先停止")
    name, batch.file = batch.file, ""
    batch.save(update_fields=["file"])
    if name:
        (_folder() / name).unlink(missing_ok=True)


# What its columns mean


def shape_of(table: Table) -> str:
    """The same for every table with these columns, in whatever order."""
    return sha256("\0".join(sorted(plain_word(column.label) for column in table.columns)).encode()).hexdigest()


def plans_of(batch: ImportBatch) -> list[SheetPlan]:
    """What is to be done with each sheet. Raises ``FaduError`` for a mapping that cannot be used."""
    return [
        SheetPlan(item["name"], SheetMapping.from_json(item["mapping"]), item["use"], item["known"])
        for item in batch.mapping["sheets"]
    ]


def settle_plans(batch: ImportBatch, plans: Sequence[SheetPlan]) -> None:
    """Set what is to be done with each sheet; not saved yet."""
    batch.mapping = {"sheets": [
        {"name": plan.name, "use": plan.use, "known": plan.known, "mapping": plan.mapping.to_json()} for plan in plans
    ]}  # fmt: skip


def _plan(table: Table, version: Procedure, owner: Person) -> SheetPlan:
    known = known_form(table, version.code, owner)
    mapping = SheetMapping.from_json(known.mapping) if known else propose(table, version)
    return SheetPlan(table.sheet, mapping, _fits(mapping, version), known.name if known else "")


def _fits(mapping: SheetMapping, version: Procedure) -> bool:
    """Whether a sheet gives cases once a unit is named: a sheet of remarks beside the register does not."""
    try:
        check_targets(replace(mapping, unit=mapping.unit or "?"), [version])
    except FaduError:
        return False
    return True


def known_form(table: Table, procedure: str, owner: Person) -> ImportMapping | None:
    """The saved mapping for a table with these columns: the person's own first, else whoever saved one last."""
    found = list(ImportMapping.objects.filter(procedure=procedure, shape=shape_of(table)).order_by("-saved_at", "-pk"))
    own = [mapping for mapping in found if mapping.owner_id == owner.pk]
    return next(iter([*own, *found]), None)


def save_mapping(actor: Actor, name: str, table: Table, mapping: SheetMapping) -> ImportMapping:
    """Keep a mapping under a name, in place of the person's own of that name."""
    permit_or_trace(actor, "import")
    if not name.strip() or len(name.strip()) > 80:
        raise Incomplete({"name": "对应的名称没有写，或者超过 80 字"})
    saved, _ = ImportMapping.objects.update_or_create(
        owner=_person(actor), procedure=mapping.procedure, name=name.strip(),
        defaults={"mapping": mapping.to_json(), "shape": shape_of(table), "saved_at": now()},
    )  # fmt: skip
    return saved


def named_mapping(name: str, procedure: str, owner: Person) -> SheetMapping:
    """The saved mapping of a name. Raises ``FaduError`` that lists those there are."""
    saved = ImportMapping.objects.filter(procedure=procedure).order_by("-saved_at")
    found = sorted((item for item in saved if item.name == name), key=lambda item: item.owner_id != owner.pk)
    if not found:
        known = "、".join(dict.fromkeys(item.name for item in saved)) or "（还没有）"
        raise FaduError(f"没有保存过名为“{name}”的对应；已有：{known}")
    return SheetMapping.from_json(found[0].mapping)


# Its rows


def law_of(procedure: str) -> Law:
    """The versions of a register's procedure, as the reader of sheets takes them."""
    return Law(book().versions(procedure), book().procedure_for)


def unit_names() -> Units:
    """Units by any of their names: code, name, short name, with and without the district's name before it."""
    district, found = settings.DISTRICT.name, dict[str, set[str]]()
    for unit in Unit.objects.all():
        bare = unit.name.removeprefix(district).removeprefix("区")
        names = (unit.code, unit.name, unit.short, bare, f"区{bare}", f"{district}{bare}")
        for name in filter(None, map(plain_word, names)):
            found.setdefault(name, set()).add(unit.code)
    exact = {plain_word(name): unit.code for unit in Unit.objects.all() for name in (unit.name, unit.code)}
    return lambda text: exact.get(plain_word(text)) or _only(found.get(plain_word(text), set()))


def _only(codes: set[str]) -> str | None:
    """A name that two units go by is nobody's."""
    return next(iter(codes)) if len(codes) == 1 else None


def tables_of(batch: ImportBatch, workbook: Workbook | None = None) -> Iterator[tuple[Table, SheetPlan]]:
    """The sheets that are to be imported. Raises ``FaduError`` where one is not there, or none is chosen."""
    workbook = workbook or read_workbook(upload_of(batch))
    chosen = [plan for plan in plans_of(batch) if plan.use]
    if not chosen:
        raise Incomplete({"sheets": "没有选择要导入的工作表"})
    for plan in chosen:
        sheet = workbook.sheet(plan.name)
        if sheet.table is None:
            raise FileError(sheet.fault or f"工作表「{plan.name}」是空的", Place(batch.name))
        yield sheet.table, plan


def check_plans(batch: ImportBatch) -> None:
    """Raises ``FaduError`` where the mapping cannot give cases: said before anything is queued."""
    versions = book().versions(batch.procedure)
    for table, plan in tables_of(batch):
        check_targets(plan.mapping, versions)
        plan.mapping.placed(table)

