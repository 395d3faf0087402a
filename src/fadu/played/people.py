"""Units and people of the fictitious district. The names are put together from parts; they are nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zlib import crc32

from django.conf import settings
from django.contrib.auth.hashers import make_password

from fadu.clock import now
from fadu.law.errors import FaduError
from fadu.simulate.district import read_district
from fadu.store.models import JOURNAL, Case, Grant, Person, Role, Unit

SINCE = date(2020, 1, 1)
BUREAU = "明川区司法局"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "明川清泉松林云溪石桥柳湾白鹭长亭望岭梨花青沟鹿鸣竹坞河东北苑"
STATIONS = ("司法所", "综合行政执法队")
HANDLERS = 2
ONE_OF_EACH = (
    (Role.ADMINISTRATOR, "admin", BUREAU), (Role.LEADER, "leader", ""), (Role.EXTERNAL, "external", "河东街道"),
)  # fmt: skip


@dataclass
class People:
    """Who works where."""

    password: str
    units: dict[str, int] = field(default_factory=dict)
    handlers: dict[int, list[int]] = field(default_factory=dict)
    logins: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    def unit(self, name: str) -> int:
        """The id of a unit by its name; the district's own where the play names none."""
        return self.units.get(name) or next(iter(self.units.values()))

    def handler(self, unit: int, case: str) -> int | None:
        """One of the unit's handlers, always the same for a case."""
        found = self.handlers.get(unit)
        return found[crc32(case.encode()) % len(found)] if found else None


def settle_people(password: str) -> People:
    """Make the units and people. Raises ``FaduError`` where the district is real, or has cases."""
    if not settings.DISTRICT.simulated:
        raise FaduError("只能把模拟数据放进虚构的区；建立时须加 --simulated")
    if Case.objects.exclude(procedure=JOURNAL).exists():
        raise FaduError("这个区已有办件；模拟数据只放进空的区，请另建一个")
    root = Unit.objects.get(parent=None)
    play = read_district()
    people = People(password, {root.name: root.pk})
    hashed = make_password(password)  # once: it is slow on purpose
    for place, name in enumerate(play.units):
        town = name.endswith(("镇", "乡", "街道"))
        kind = Unit.Kind.TOWN if town else Unit.Kind.DEPARTMENT
        short = root.short + name.removeprefix(root.name)[:4]
        unit = Unit.objects.create(code=f"U{place + 1:02d}", name=name, short=short, kind=kind, parent=root)
        people.units[name] = unit.pk
        _staff(unit, place, hashed, people)
        if town:
            for number, station in enumerate(STATIONS, 1):
                Unit.objects.create(
                    code=f"{unit.code}{number}", name=f"{name}{station}", kind=Unit.Kind.STATION, parent=unit
                )
    for role, login, name in ONE_OF_EACH:
        _person(role, login, Unit.objects.filter(name=name).first() or root, hashed, people)
    Grant.objects.filter(role=Role.ADMINISTRATOR).update(unit=root)  # works in the bureau, for the whole district
    bureau = people.units.get(BUREAU, root.pk)
    for role, found in ((Role.LEGAL_OFFICER, "f"), (Role.HANDLER, "c")):
        person = Person.objects.filter(unit=bureau, login__startswith=found).order_by("pk").first()
        if person is not None:
            people.logins.append((role.label, person.login, person.name))
    for login, words in (("system", "系统管理员"), ("security", "安全管理员"), ("audit", "审计管理员")):
        Person.objects.filter(login=login).update(password=hashed, must_change=False)
        people.logins.append((words, login, words))
    people.count = Person.objects.count()
    return people


def _staff(unit: Unit, place: int, hashed: str, people: People) -> None:
    _person(Role.LEGAL_OFFICER, f"f{place + 1:02d}", unit, hashed, people, quiet=True)
    people.handlers[unit.pk] = [
        _person(Role.HANDLER, f"c{place + 1:02d}{number}", unit, hashed, people, quiet=True).pk
        for number in range(1, HANDLERS + 1)
    ]


def _person(role: Role, login: str, unit: Unit, hashed: str, people: People, quiet: bool = False) -> Person:
    number = crc32(login.encode())
    name = SURNAMES[number % len(SURNAMES)] + GIVEN[number // 7 % len(GIVEN)] + GIVEN[number // 61 % len(GIVEN)]
    person = Person.objects.create(
        login=login, name=name, unit=unit, title=role.label, password=hashed, password_at=now(), simulated=True
    )
    Grant.objects.create(person=person, role=role, unit=unit, since=SINCE)
    if not quiet:
        people.logins.append((role.label, login, name))
    return person
