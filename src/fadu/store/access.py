"""Who may see and do what: the one place. Rows are a queryset; every refusal says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.db.models import Q, QuerySet

from fadu.store import driver
from fadu.store.models import JOURNAL, Assignment, Case, Person, Role, Unit
from fadu.store.reading import read_cases

_GRANTS = """SELECT g.role, g.unit_id, u.path FROM store_grant g JOIN store_unit u ON u.id = g.unit_id
    WHERE g.person_id = %s AND g.since <= %s AND (g.until IS NULL OR g.until >= %s)"""

READS = frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER, Role.LEADER})
"""Roles that see the cases of their unit and all below it."""

LEGAL = frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})
"""Roles that also see what only the unit's own are to know of."""

VERBS: dict[str, tuple[str, frozenset[Role]]] = {
    "register": ("登记办件", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "advance": ("办理环节", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "correct": ("更正记录", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "amend": ("修改办件内容", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "note": ("写备注", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "reply": ("会办反馈", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "attach": ("附材料", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "link": ("关联办件", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "issue": ("制发文书", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "assign": ("分派", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    "hand_back": ("退回", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "remind": ("催办", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    "share": ("共享给外部人员", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    "restrict": ("改变知悉范围", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    "reveal": ("查看个人信息", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "erase": ("删除个人信息", frozenset({Role.ADMINISTRATOR})),
    "import": ("导入台账", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    "publish": ("公开", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    "close_period": ("关账", frozenset({Role.ADMINISTRATOR})),
    "unit_papers": ("维护单位的文书资料", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    "load_holidays": ("载入放假安排", frozenset({Role.ADMINISTRATOR})),
    "manage_units": ("管理单位和人员", frozenset({Role.SYSTEM_ADMIN})),
    "manage_roles": ("授予角色、解锁账号", frozenset({Role.SECURITY_ADMIN})),
    "read_traces": ("查阅审计日志", frozenset({Role.AUDIT_ADMIN})),
    "verify": ("校验账本", frozenset({Role.AUDIT_ADMIN, Role.ADMINISTRATOR})),
}
"""Verb → its words on screen and the roles that may."""

FEW = 200
"""Cases that a statement names one by one."""

Cases = Sequence[int] | QuerySet[Any, Any]
"""Ids of cases, or the query that finds them."""

ASSIGNED_ONLY = frozenset({"advance", "correct", "amend", "note", "attach", "link", "issue", "hand_back", "reveal"})
"""What a handler may do on cases assigned to the handler or to no one, only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """May it be done, and why (not)."""

    yes: bool
    why: str

    def __bool__(self) -> bool:
        return self.yes


@dataclass(frozen=True)
class Access:
    """What one person may see and do on one day. Made once a request."""

    person: Person
    grants: tuple[tuple[Role, int, str], ...]
    """Role, unit id, unit path."""

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for role, _, _ in self.grants)

    def paths(self, roles: frozenset[Role] = READS) -> tuple[str, ...]:
        """The unit subtrees in which the person has one of the roles, none inside another."""
        found = sorted({path for role, _, path in self.grants if role in roles})
        return tuple(path for place, path in enumerate(found) if not place or not path.startswith(found[place - 1]))

    def cases(self) -> QuerySet[Case]:
        """The cases the person may see."""
        return Case.objects.filter(self.sees()).exclude(procedure=JOURNAL)

    def sees(self) -> Q:
        """The same as a condition over ``Case``."""
        seen = Q(handler=self.person) | Q(pk__in=self._given)
        if self.whole_district:
            seen |= Q(secrecy=Case.Secrecy.OPEN)
        elif self.paths():
            seen |= Q(secrecy=Case.Secrecy.OPEN) & (Q(unit__in=self.units()) | Q(pk__in=self._partnered))
        if self.paths(LEGAL):
            seen |= Q(secrecy=Case.Secrecy.UNIT, unit__in=self.units(LEGAL))
        return seen

    def units(self, roles: frozenset[Role] = READS) -> Sequence[int]:
        """The ids of the units in ``paths(roles)``: read once, so that a list of cases need not look at units."""
        if roles not in self._units:
            below = Q(pk__in=())
            for path in self.paths(roles):
                below |= Q(path__startswith=path)
            self._units[roles] = list(Unit.objects.filter(below).values_list("pk", flat=True))
        return self._units[roles]

    @cached_property
    def _given(self) -> Cases:
        """The cases that were given to, or shared with, the person."""
        return _few(Assignment.objects.filter(person=self.person))

    @cached_property
    def _partnered(self) -> Cases:
        """The cases that were given to a unit of the person's beside their own."""
        return _few(Assignment.objects.filter(unit__in=[unit for role, unit, _ in self.grants if role in READS]))

    @cached_property
    def _units(self) -> dict[frozenset[Role], list[int]]:
        return {}

    def case(self, key: int) -> Case | None:
        """One of ``cases()`` by id, with its unit and assignments, by one plain statement; None: not one of them."""
        with driver.reading() as cursor:
            found = read_cases(cursor, [key]).get(key)
        return found if found is not None and self.sees_case(found) else None

    def sees_case(self, case: Case) -> bool:
        """``sees()``, of a case that was read."""
        if case.procedure == JOURNAL:
            return False
        if case.handler_id == self.person.pk or any(row.person_id == self.person.pk for row in case.assigned):
            return True
        path = case.unit.path
        if case.secrecy == Case.Secrecy.UNIT:
            return path.startswith(self.paths(LEGAL))
        if case.secrecy != Case.Secrecy.OPEN or not self.paths():
            return False
        units = {unit for role, unit, _ in self.grants if role in READS}
        partner = any(row.unit_id in units for row in case.assigned)
        return partner or self.whole_district or path.startswith(self.paths())

    @cached_property
    def whole_district(self) -> bool:
        """Whether a reading role covers the root of the tree: a path of one code."""
        return any(path.count(".") == 1 for path in self.paths())

    def may(self, verb: str, case: Case | None = None, path: str = "") -> Answer:
        """Whether the person may do ``verb`` (to ``case``, or in the unit at ``path``); the words say why not."""
        words, roles = VERBS[verb]
        held = self.roles & roles
        if not held:
            wanted = "、".join(role.label for role in Role if role in roles)
            mine = "、".join(role.label for role in Role if role in self.roles) or "没有角色"
            return Answer(False, f"“{words}”须由{wanted}进行；{self.person.name}现在是：{mine}")
        if case is None and not path:
            return Answer(True, f"{'、'.join(role.label for role in held)}可以{words}")
        return self._on_row(verb, held, case, path)

    def _on_row(self, verb: str, held: frozenset[Role], case: Case | None, path: str) -> Answer:
        words = VERBS[verb][0]
        where = case.unit.path if case is not None else path
        covering = {role for role, _, top in self.grants if role in held and where.startswith(top)}
        mine = case is not None and self.assigned(case)
        if not covering and not mine:
            own = "、".join(dict.fromkeys(top for role, _, top in self.grants if role in held))
            what = "" if case is None else "的办件"
            its = "该单位是" if case is None else "该办件属于"
            return Answer(False, f"“{words}”只限本单位及下属单位{what}；{its} {where}，授权范围是 {own}")
        if case is not None and case.secrecy and not mine:
            legal = covering & LEGAL
            if case.secrecy == Case.Secrecy.ASSIGNED or not legal:
                known = Case.Secrecy(case.secrecy).label
                return Answer(False, f"该办件的知悉范围是“{known}”，{self.person.name}不在其中")
        if covering == {Role.HANDLER} and verb in ASSIGNED_ONLY and case is not None and not mine and case.handler_id:
            return Answer(False, f"“{words}”由该办件的承办人办理；承办人不是{self.person.name}，可请法制员改派")
        if mine:
            return Answer(True, "是该办件的承办人员")
        return Answer(True, _covered(frozenset(covering)))

    def assigned(self, case: Case) -> bool:
        """Whether the person works on the case, leading or partnering."""
        if case.handler_id == self.person.pk:
            return True
        kinds = (Assignment.Kind.LEAD, Assignment.Kind.PARTNER)
        rows = case.assigned
        return bool(rows) and any(row.person_id == self.person.pk and row.kind in kinds for row in rows)


def _few(found: QuerySet[Assignment]) -> Cases:
    """The cases, named where they are few: of a subquery PostgreSQL supposes that half of all cases are in it."""
    named = list(found.values_list("case", flat=True)[: FEW + 1])
    return named if len(named) <= FEW else found.values("case")


@cache
def _covered(roles: frozenset[Role]) -> str:
    return f"{'、'.join(sorted(role.label for role in roles))}，范围包括该单位"


def access_of(person: Person, on: date) -> Access:
    """What the person may, with the roles in force on the day."""
    with driver.reading() as cursor:
        cursor.execute(_GRANTS, [person.pk, on, on])
        found = cursor.fetchall()
    return Access(person, tuple((Role(role), unit, path) for role, unit, path in found))
