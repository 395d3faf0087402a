"""Cases, their append-only events, and what is projected from events and can be rebuilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.db import models

from fadu.store.identity import digest
from fadu.store.models.people import Person
from fadu.store.models.units import Unit
from fadu.store.sealing import mask, seal, unseal

SEQ_BITS = 20
"""An event's id is ``case id << 20 | seq``: known before it is written, and a case's events lie together."""

ERASED = "（个人信息已删除）"
"""The title of a case whose personal values were erased."""

JOURNAL = "journal"
"""The procedure of the one case that holds the district's own records: figures closed, holidays loaded, roles given."""


COUNTED_BY = ("unit", "handler", "secrecy", "opened_on")
"""What open cases are counted by: at the end of their indexes, so that to count them no row is read."""


class Case(models.Model):
    """One matter (办件). Every column but the first group is a projection of its events."""

    class Secrecy(models.IntegerChoices):
        OPEN = 0, "一般"
        UNIT = 1, "限承办人员和本单位法制员"
        ASSIGNED = 2, "限承办人员"

    number = models.CharField("编号", max_length=48, unique=True)
    procedure = models.CharField("程序", max_length=40)
    simulated = models.BooleanField("模拟数据", default=False)

    version = models.DateField("适用版本", null=True)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位", related_name="cases", db_index=False)
    handler = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="承办人", related_name="+")
    title = models.CharField("标题", max_length=200, blank=True)
    fields = models.JSONField("字段", default=dict)
    state = models.CharField("环节", max_length=48, blank=True)
    opened_on = models.DateField("开始", null=True)
    closed_on = models.DateField("办结", null=True)
    due_on = models.DateField("最近期限", null=True)
    due_clock = models.CharField("最近期限的时钟", max_length=48, blank=True)
    faults = models.PositiveSmallIntegerField("问题数", default=0)
    secrecy = models.PositiveSmallIntegerField("知悉范围", choices=Secrecy.choices, default=Secrecy.OPEN)
    seq = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=b"")
    touched_at = models.DateTimeField("最近变动")
    projected_on = models.DateField("推算日")
    """The day as of which the projection was made; the worker makes it anew when a day has passed that changes it."""

    class Meta:
        verbose_name = "办件"
        indexes = (
            models.Index(fields=("procedure", "-id"), name="case_register"),
            models.Index(fields=("unit", "procedure", "-id"), name="case_unit_register"),
            models.Index(fields=("procedure", "state", "-id"), name="case_state"),
            models.Index(fields=("procedure", "opened_on"), name="case_opened"),
            models.Index(
                fields=("unit", "due_on"), name="case_due",
                condition=models.Q(closed_on=None, due_on__isnull=False),
            ),
            models.Index(fields=("handler", "due_on"), name="case_handler", condition=models.Q(closed_on=None)),
            models.Index(  # closed_on, always null there, is what SQLite knows the index by without statistics
                fields=("procedure", "closed_on", "due_on", "id", *COUNTED_BY), name="case_open_in",
                condition=models.Q(closed_on=None),
            ),
            models.Index(
                fields=("closed_on", "due_on", "id", "procedure", *COUNTED_BY), name="case_open_over",
                condition=models.Q(closed_on=None),
            ),
            models.Index(fields=("procedure", "-touched_at", "-id"), name="case_changed"),
            models.Index(fields=("-touched_at", "-id"), name="case_changed_all"),
            models.Index(fields=("procedure", "-id"), name="case_faults", condition=models.Q(faults__gt=0)),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def assigned(self) -> Sequence[Assignment]:
        """Who works on it: as it was read with the case (``reading.read_cases``), else read now."""
        read: dict[str, Sequence[Assignment]] = vars(self).get("_prefetched_objects_cache", {})
        found = read.get("assignments")
        return list(self.assignments.all()) if found is None else found


class Event(models.Model):
    """A record of a case (事件): made once, never changed. A mistake is corrected by a later event.

    ``act``: the verb that made it (register, advance, correct, assign …). ``step``: the lawbook's step, where it is
    one. ``body``: all else, as the leaf has it. ``commits``: name → commitment of a personal value kept in ``Secret``.
    """

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    act = models.CharField(max_length=16)
    step = models.CharField(max_length=48, blank=True)
    occurred_on = models.DateField()
    minute = models.PositiveSmallIntegerField(null=True)
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    body = models.TextField(default="{}")
    commits = models.TextField(default="{}")
    corrects = models.PositiveIntegerField(null=True)
    void = models.BooleanField(default=False)
    prev = models.BinaryField(max_length=32)
    sm3 = models.BinaryField(max_length=32)
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "事件"


class Secret(models.Model):
    """A personal value of an event, sealed, with the salt of its commitment. Erasing it leaves the ledger valid."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="secrets")
    name = models.CharField(max_length=40)
    salt = models.BinaryField(max_length=32)
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("event", "name"), name="secret_name"),)


class Clock(models.Model):
    """A run that is counting (时钟): a projection, so that what is due can be listed."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    procedure = models.CharField(max_length=40)
    name = models.CharField(max_length=48)
    started_on = models.DateField()
    last_day = models.DateField(null=True)
    """None while the clock is paused."""
    minute = models.PositiveSmallIntegerField(null=True)
    """The minute of the last day, where the term is one of hours and the time it began is known."""
    party = models.CharField(max_length=16)
    """agency, applicant or other: whose clock it is."""
    provisional = models.BooleanField(default=False)

    class Meta:
        indexes = (
            models.Index(fields=("last_day", "unit"), name="clock_last_day"),
            models.Index(fields=("unit", "last_day"), name="clock_unit_last_day"),
            models.Index(fields=("case",), name="clock_provisional", condition=models.Q(provisional=True)),
        )


class Party(models.Model):
    """Someone a case concerns (当事人): a projection of the events that named them; numbers are sealed."""

    class Kind(models.TextChoices):
        NATURAL = "natural", "自然人"
        LEGAL = "legal", "法人或者其他组织"

    NUMBERS: ClassVar = {"id_number": "证件号", "phone": "电话", "address": "住址"}
    """What is sealed, and its name on screen."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties")
    place = models.PositiveSmallIntegerField()
    role = models.CharField("身份", max_length=20)
    kind = models.CharField("类型", max_length=8, choices=Kind.choices, default=Kind.NATURAL)
    name = models.CharField("名称", max_length=120)
    id_number_sealed = models.BinaryField(default=b"")
    phone_sealed = models.BinaryField(default=b"")
    address_sealed = models.BinaryField(default=b"")
    id_number_digest = models.CharField(max_length=32, blank=True)
    phone_digest = models.CharField(max_length=32, blank=True)
    """Equal for equal numbers (``identity.digest``): by them a party is known again in another case."""

    class Meta:
        ordering = ("case_id", "place")
        constraints = (models.UniqueConstraint(fields=("case", "place"), name="party_place"),)
        indexes = (
            models.Index(fields=("id_number_digest",), name="party_identity", condition=~models.Q(id_number_digest="")),
            models.Index(fields=("phone_digest",), name="party_phone", condition=~models.Q(phone_digest="")),
        )

    @classmethod
    def of(cls, place: int, given: Mapping[str, str]) -> Party:
        """The row of a party as it was committed to (``role``, ``name``, ``kind``, ``NUMBERS``); of no case yet."""
        row = cls(place=place, role=given["role"], kind=given.get("kind", cls.Kind.NATURAL), name=given["name"])
        for name in cls.NUMBERS:
            setattr(row, f"{name}_sealed", seal(given.get(name, ""), f"party.{name}"))
        row.recognise(given)
        return row

    def recognise(self, numbers: Mapping[str, str]) -> None:
        """Set the digests by the numbers in the clear."""
        self.id_number_digest = digest(numbers.get("id_number", ""), "id_number")
        self.phone_digest = digest(numbers.get("phone", ""), "phone")

    def clear(self, name: str) -> str:
        """One of ``NUMBERS`` in the clear. Who asks is for the caller to log."""
        return unseal(getattr(self, f"{name}_sealed"), f"party.{name}")

    def masked(self, name: str) -> str:
        return mask(self.clear(name), name)


class Link(models.Model):
    """What a case has to do with another (关联): a projection of the events of ``case``, read from both sides."""

    class Kind(models.TextChoices):
        ORIGIN = "origin", "源自"
        MERGED = "merged", "并入"
        REPEATS = "repeats", "重复于"
        RELATED = "related", "相关"

    BACK: ClassVar = {Kind.ORIGIN: "引出", Kind.MERGED: "合并了", Kind.REPEATS: "先于", Kind.RELATED: "相关"}
    """Kind → how it reads from the other side."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="links")
    other = models.ForeignKey(Case, models.PROTECT, related_name="linked")
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "other", "kind"), name="link_once"),)


class Assignment(models.Model):
    """Who works on a case (主办、会办): a projection of its events."""

    class Kind(models.TextChoices):
        LEAD = "lead", "主办"
        PARTNER = "partner", "会办"
        SHARED = "shared", "知悉"

    case = models.ForeignKey(Case, models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    since = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("person", "-case"), name="assigned_person"),
            models.Index(fields=("unit", "-case"), name="assigned_unit"),
        )


class Document(models.Model):
    """A document of a case (文书、附件). Its bytes lie in the district's folder under their SHA-256."""

    class Kind(models.TextChoices):
        OFFICIAL = "official", "文书"
        ATTACHMENT = "attachment", "附件"

    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    event = models.ForeignKey(Event, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    template = models.CharField(max_length=60, blank=True)
    title = models.CharField("标题", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True, db_index=True)
    version = models.PositiveSmallIntegerField(default=1)
    media = models.CharField(max_length=80)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    sm3 = models.CharField(max_length=64)


class Notification(models.Model):
    """A message to a person about a case. ``key`` makes the same reminder come once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notifications")
    case = models.ForeignKey(Case, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=16)
    words = models.CharField(max_length=300)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=160, unique=True)

    class Meta:
        indexes = (models.Index(fields=("person", "read_at", "-id"), name="notified"),)
