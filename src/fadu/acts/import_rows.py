"""导入: drafts of cases become records, a chunk at a time, each chunk with what became of its rows in one transaction.

A chunk is judged without a lock; then its records, its rows of the report and the count of what is done are written
together, so that a process killed at any moment has neither lost a row nor taken one twice. What has happened before
today is recorded as a fact, with the import as its reason; a step of today is put to the law as anyone's would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F

from fadu.acts.advance import TRIES
from fadu.acts.errors import ActRefused, Incomplete, NotPermitted
from fadu.acts.import_news import News, compare, move_of, said_of
from fadu.acts.import_parties import Said, party_of
from fadu.acts.moves import Move, NewCase, check_move, check_new, exact, wrong_value
from fadu.acts.recording import Actor, Change, Entry, Loaded, Stale, load, row_of, today_number, write
from fadu.acts.register import case_of, complete_opening, follow
from fadu.acts.stepping import judge_after, judge_before, permit, settle, with_record
from fadu.clock import now, today
from fadu.exchange.case_drafts import CaseDraft, is_own_number
from fadu.law.cases import Case as LawCase
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement
from fadu.law.procedures import Procedure
from fadu.store.lawbook import book
from fadu.store.models import Case, ImportBatch, ImportRow, Notification, Party, Unit

Outcome = ImportRow.Outcome
APPLIED = (Outcome.ADDED, Outcome.CHANGED, Outcome.SAME)
BUSY = "这个办件正被许多人同时办理，没有导入；请再导入一次"
HIDDEN = "这个案号已经登记，办件不在您的权限范围内，没有改动"


class Stopped(Exception):  # noqa: N818 - named as what happened: a person stopped the import
    """The import is no longer to go on; nothing of the chunk was written."""


class Told(NamedTuple):
    """A row that is no draft, and what became of it."""

    place: str
    row: int
    outcome: str
    words: str


@dataclass(slots=True)
class Became:
    """What became, or would become, of a draft."""

    draft: CaseDraft
    outcome: str
    words: str = ""
    case: int | None = None
    change: Change | None = None
    refused: ActRefused | None = None


@dataclass(frozen=True)
class Importer:
    """One import, by whom. ``batch.dry``: everything is judged, nothing is recorded but the report."""

    actor: Actor
    batch: ImportBatch

    @property
    def why(self) -> str:
        """The reason kept with each record."""
        return f"导入（第 {self.batch.pk} 批）"

    def record(self, drafts: Sequence[CaseDraft], placed: Callable[[Became], str]) -> list[Became]:
        """Record a chunk of drafts. Those that an earlier run has recorded are passed over.

        ``placed``: the words of a refusal with its place in the file. Raises ``Stopped`` where the import is no longer
        running.
        """
        for _ in range(TRIES):
            left = self._left(drafts)
            found = _Chunk(self, left).became() if left else []
            try:
                self._save(found, placed)
            except (Stale, IntegrityError):  # somebody was first: look again
                continue
            return found
        if len(drafts) > 1:
            return [became for draft in drafts for became in self.record([draft], placed)]
        found = [Became(draft, Outcome.REFUSED, BUSY) for draft in self._left(drafts)]
        self._save(found, placed)
        return found

    def tell(self, rows: Sequence[Told]) -> None:
        """Put rows that are no drafts into the report; those that stand there already are passed over."""
        for _ in range(TRIES):
            known = self._known({row.place for row in rows})
            left = [row for row in rows if (row.place, row.row) not in known]
            try:
                with transaction.atomic():
                    self._advance(len(left))
                    ImportRow.objects.bulk_create([
                        ImportRow(batch=self.batch, place=row.place, row=row.row, outcome=row.outcome, words=row.words)
                        for row in left
                    ], batch_size=500)  # fmt: skip
            except IntegrityError:
                continue
            return

    def _known(self, places: Iterable[str]) -> set[tuple[str, int]]:
        found = ImportRow.objects.filter(batch=self.batch, place__in=[place[:80] for place in places])
        return set(found.values_list("place", "row"))

    def _left(self, drafts: Sequence[CaseDraft]) -> list[CaseDraft]:
        """The drafts not recorded yet; all rows of a draft are written at once."""
        rows = [row for draft in drafts for row in draft.rows]
        found = ImportRow.objects.filter(batch=self.batch, row__range=(min(rows), max(rows)))
        known = set(found.values_list("place", "row"))
        return [draft for draft in drafts if (draft.sheet, draft.rows[0]) not in known]

    def _save(self, found: Sequence[Became], placed: Callable[[Became], str]) -> None:
        for became in found:
            if became.outcome == Outcome.REFUSED:
                became.words = placed(became)
        changes = [] if self.batch.dry else [became.change for became in found if became.change]
        with transaction.atomic():
            self._advance(sum(len(became.draft.rows) for became in found))
            if changes:
                write(self.actor, changes)
            rows = [row for became in found for row in self._rows(became)]
            ImportRow.objects.bulk_create(rows, batch_size=500)

    def _advance(self, rows: int) -> None:
        running = ImportBatch.objects.filter(pk=self.batch.pk, state=ImportBatch.State.RUNNING)
        if not running.update(done=F("done") + rows):
            raise Stopped

    def _rows(self, became: Became) -> Iterable[ImportRow]:
        draft, case = became.draft, became.case
        if became.change is not None and not self.batch.dry:
            case = became.change.case.pk
        for place, number in enumerate(draft.rows):
            yield ImportRow(
                batch=self.batch, place=draft.sheet, row=number, key=draft.key, digest=draft.digest,
                outcome=became.outcome, case_id=case, words="" if place else became.words,
            )  # fmt: skip


@dataclass
class _Facts:
    """A case as the law reads it while steps are added to it."""

    law: LawCase
    seq: int
    entries: list[Entry] = field(default_factory=list)
    judgement: Judgement | None = None

    def add(self, actor: Actor, move: Move, procedure: Procedure, why: str) -> None:
        """A step that has happened; one of today is put to the law. Raises ``ActRefused``."""
        day = today()
        faults = check_move(move, procedure, day, happened=move.on < day)
        if faults:
            raise Incomplete(faults)
        entry = Entry("advance", move.on, move.step, move.minute, {**move.body(), "excuse": why})
        before = judge_before(self.law) if move.on == day else None
        self._put(actor, entry, move)
        if move.on == day:
            self.judgement = judge_after(self.law)
            recorded = settle(before, self.judgement, replace(move, excuse=why))
            self.entries[-1] = replace(entry, body={**entry.body, **recorded})

    def correct(self, actor: Actor, seq: int, move: Move, procedure: Procedure, why: str) -> None:
        """A record put right. Raises ``Incomplete``."""
        faults = check_move(move, procedure, today(), happened=True)
        if faults:
            raise Incomplete(faults)
        entry = Entry("correct", move.on, move.step, move.minute, {**move.body(), "why": why}, corrects=seq)
        self._put(actor, entry, move)

    def _put(self, actor: Actor, entry: Entry, move: Move) -> None:
        self.seq += 1
        self.entries.append(entry)
        self.law = with_record(self.law, row_of(entry, 0, self.seq, actor, now()), move.fields)
        self.judgement = None

    def judged(self) -> Judgement:
        """The law's view of all of it. Raises ``Unlawful`` where the case could not be read any more."""
        return self.judgement or judge_after(self.law)


class _Chunk:
    """What becomes of some drafts as things stand now: everything that is asked of the database is asked once."""

    def __init__(self, importer: Importer, drafts: Sequence[CaseDraft]) -> None:
        self.actor, self.why, self.drafts = importer.actor, importer.why, drafts
        self.procedure = importer.batch.procedure
        self.versions = {version.effective_day: version for version in book().versions(self.procedure)}
        self.units = {unit.code: unit for unit in Unit.objects.filter(code__in={draft.unit for draft in drafts})}
        self.allowed: dict[str, ActRefused | None] = {}
        self.before = self._applied()
        self.numbers = {draft.key: self._number(draft) for draft in drafts}
        self.taken = {
            number: (key, procedure) for number, key, procedure in
            Case.objects.filter(number__in=self.numbers.values()).values_list("number", "pk", "procedure")
        }  # fmt: skip
        known = {case for draft in drafts if (case := self._case(draft)) is not None}
        access = importer.actor.access
        self.seen = known if access is None else set(
            access.cases().filter(pk__in=known).values_list("pk", flat=True)
        )  # fmt: skip
        changed = [case for draft in drafts if (case := self._case(draft)) in self.seen and not self._same(draft)]
        self.loaded: dict[int, Loaded] = load(case for case in changed if case is not None)
        self.said: dict[int, dict[str, list[Said]]] = said_of(self.loaded) if self.loaded else {}

    def _applied(self) -> dict[str, tuple[int, str]]:
        """Key → the case, and the digest of what an import said of it last."""
        rows = ImportRow.objects.filter(
            key__in=[draft.key for draft in self.drafts], batch__dry=False, case__isnull=False, outcome__in=APPLIED,
        )  # fmt: skip
        return {key: (case, digest) for key, case, digest in
                rows.order_by("pk").values_list("key", "case_id", "digest")}  # fmt: skip

    def _number(self, draft: CaseDraft) -> str:
        """The number of the case to be: a number of one unit's own gets the unit's name before it."""
        unit = self.units.get(draft.unit)
        own = f"{unit.short or unit.name}" if unit and is_own_number(draft.number) else ""
        return f"{own}{draft.number}"

    def _case(self, draft: CaseDraft) -> int | None:
        if draft.key in self.before:
            return self.before[draft.key][0]
        found = self.taken.get(self.numbers[draft.key]) or self.taken.get(draft.number)
        return found[0] if found and found[1] == self.procedure else None

    def _same(self, draft: CaseDraft) -> bool:
        return draft.key in self.before and self.before[draft.key][1] == draft.digest

    def became(self) -> list[Became]:
        """Each draft by itself: one that is refused does not hold up the rest."""
        found = []
        for draft in self.drafts:
            try:
                found.append(self._one(draft))
            except FaduError as error:
                refused = error if isinstance(error, ActRefused) else ActRefused(str(error))
                found.append(Became(draft, Outcome.REFUSED, str(refused), refused=refused))
        return found

    def _one(self, draft: CaseDraft) -> Became:
        case = self._case(draft)
        if case is None:
            return Became(draft, Outcome.ADDED, change=self._opening(draft))
        if case not in self.seen:
            raise NotPermitted(HIDDEN)
        if self._same(draft):
            return Became(draft, Outcome.SAME, case=case)
        return self._changed(draft, self.loaded[case])

    # A new case

    def _opening(self, draft: CaseDraft) -> Change:
        number = self.numbers[draft.key]
        if number in self.taken:
            raise ActRefused(f"案号“{number}”已用于别的台账；案号在全区不能重复，请核对")
        unit = self.units[draft.unit]
        self._permit_in(unit)
        version = self.versions[draft.version]
        first, *rest = draft.events
        new = NewCase(
            draft.procedure, unit.pk, move_of(first, {k: v for k, v in draft.fields.items() if v is not None}),
            draft.title, draft.summary, tuple(map(party_of, draft.parties)), number=number,
        )  # fmt: skip
        check_new(new)
        case = case_of(new, unit, None)
        facts = _Facts(LawCase(number, draft.procedure, [], {}), 0)
        for move in (new.opening, *map(move_of, rest)):
            facts.add(self.actor, move, version, self.why)
        opened = replace(facts.entries[0], act="register")
        facts.entries[0] = complete_opening(opened, new, unit, None)
        return follow(new, Change(case, facts.entries, facts.judged(), fields=facts.law.fields), None)

    def _permit_in(self, unit: Unit) -> None:
        """``permit``, asked once a unit."""
        if unit.path not in self.allowed:
            try:
                permit(self.actor, "register", path=unit.path)
                self.allowed[unit.path] = None
            except ActRefused as refused:
                self.allowed[unit.path] = refused
        refusal = self.allowed[unit.path]
        if refusal is not None:
            raise refusal

    # A known case

    def _changed(self, draft: CaseDraft, found: Loaded) -> Became:
        case = found.case
        said = self.said.get(case.pk, {})
        procedure = book().procedure_for(found.law, today_number())
        news = compare(found, said, draft, procedure)
        if news.against:
            raise ActRefused(f"与人登记的不同，没有导入：{'；'.join(news.against)}。登记有误的，请在办件页更正")
        words = "；".join((*(["、".join(news.words)] if news.words else []), *news.remarks))
        if not news:
            return Became(draft, Outcome.SAME, words, case.pk)
        for verb, wanted in (("advance", news.moves), ("correct", news.corrections),
                             ("amend", news.fields or news.personal)):  # fmt: skip
            if wanted:
                permit(self.actor, verb, case)
        change = self._change(found, said, news, procedure)
        return Became(draft, Outcome.CHANGED, words, case.pk, change)

    def _change(self, found: Loaded, said: Mapping[str, list[Said]], news: News, procedure: Procedure) -> Change:
        case = found.case
        facts = _Facts(found.law, case.seq)
        if news.fields or news.personal:
            self._amend(facts, news, procedure)
        for row, move in news.corrections:
            facts.correct(self.actor, row.seq, move, procedure, self.why)
        version = book().procedure_for(facts.law, today_number())
        for move in sorted(news.moves, key=lambda move: (move.on, move.minute or 0)):
            facts.add(self.actor, move, version, self.why)
        change = Change(case, facts.entries, facts.judged(), fields=facts.law.fields)
        if news.personal:
            _follow_personal(change, said, news)
        if case.handler_id and case.handler_id != self.actor.id:
            words = f"{case.number}：导入{'、'.join(news.words)}"
            change.notes.append(Notification(person_id=case.handler_id, kind="import", words=words[:300]))
        return change

    def _amend(self, facts: _Facts, news: News, procedure: Procedure) -> None:
        """Facts of the case that no step brought, and what is personal."""
        wrong = {name: fault for name, value in news.fields.items()
                 if (fault := wrong_value(procedure.fields.get(name), name, value, procedure))}  # fmt: skip
        if wrong:
            raise Incomplete(wrong)
        if len(news.personal.get("title", "")) > 200:
            raise Incomplete({"title": f"标题最多 200 字，收到 {len(news.personal['title'])} 字"})
        body: dict[str, Any] = {"why": self.why}
        if news.fields:
            body["fields"] = {name: exact(value) for name, value in news.fields.items()}
        facts.entries.append(Entry("amend", today(), body=body, personal=news.personal))
        facts.seq += 1
        law = facts.law
        facts.law = LawCase(law.id, law.procedure, law.events, {**law.fields, **news.fields}, law.unit)


def _follow_personal(change: Change, said: Mapping[str, list[Said]], news: News) -> None:
    """The rows that follow from amended title, summary and parties: the case's own, the parties, words to search."""
    stands = {name: values[-1][0] for name, values in said.items()} | news.personal
    if "title" in news.personal:
        change.columns["title"] = news.personal["title"]
    if "parties" in news.personal:
        change.parties = [Party.of(place, given) for place, given in enumerate(news.personal["parties"])]
    names = [party["name"] for party in stands.get("parties", ())]
    change.words = " ".join((stands.get("title", ""), stands.get("summary", ""), *names))

