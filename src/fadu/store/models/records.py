"""The ledger's rows, closed figures, and imports."""

from __future__ import annotations

from django.db import models

from fadu.store.models.cases import Event
from fadu.store.models.people import Person


class Leaf(models.Model):
    """The place of an event in the ledger: dense from 0, given once, in order."""

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="leaf")


class Unsequenced(models.Model):
    """An event that waits for its place (PostgreSQL, where the sequencer gives it)."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="+")


class Node(models.Model):
    """A complete subtree of the ledger, kept for proofs. ``level`` is a multiple of 8, at least 8."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    sm3 = models.BinaryField(max_length=32)
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("level", "index"), name="node_place"),)


class Tree(models.Model):
    """The ledger's size and right edge: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")


class Checkpoint(models.Model):
    """A signed statement of the ledger's size and roots; ``cosigned``: the witnesses' lines."""

    size = models.BigIntegerField(unique=True)
    note = models.TextField()
    at = models.DateTimeField()
    cosigned = models.TextField(blank=True)


class Figure(models.Model):
    """A figure frozen when its period closed (数字), with its receipt. ``event``: the journal's record of it."""

    indicator = models.CharField(max_length=80)
    period = models.CharField(max_length=12)
    unit = models.CharField(max_length=32, blank=True)
    value = models.CharField(max_length=40)
    receipt = models.JSONField(default=dict)
    event = models.ForeignKey(Event, models.PROTECT, related_name="figures")

    class Meta:
        indexes = (models.Index(fields=("indicator", "period", "unit"), name="figure_place"),)


class ImportMapping(models.Model):
    """A saved mapping of a sheet's columns to a register."""

    name = models.CharField("名称", max_length=80)
    procedure = models.CharField(max_length=40)
    mapping = models.JSONField()
    shape = models.CharField(max_length=64, db_index=True)
    """A digest of the header, so that the same form is known again."""
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()


class ImportBatch(models.Model):
    """One file handed in (导入批次), and how far its rows have come; what became of each is ``ImportRow``."""

    class State(models.TextChoices):
        MAPPING = "mapping", "待对应"
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    procedure = models.CharField(max_length=40)
    name = models.CharField("文件名", max_length=200)
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    dry = models.BooleanField("试运行", default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAPPING, db_index=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class ImportRow(models.Model):
    """What became of a row of a file. ``key`` and ``digest`` make the second import of a row change nothing."""

    class Outcome(models.TextChoices):
        ADDED = "added", "新增"
        CHANGED = "changed", "更新"
        SAME = "same", "未变"
        REFUSED = "refused", "退回"

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    place = models.CharField(max_length=80)
    row = models.PositiveIntegerField()
    key = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    case = models.ForeignKey("store.Case", models.PROTECT, null=True, related_name="+")
    words = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "place", "row"), name="import_row"),)


class Export(models.Model):
    """A register that is taken away in the background (导出). ``keys``: the cases, packed, in the list's order.

    ``wanted``: what is written of them (``fadu.acts.export_register.Wanted``).
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    procedure = models.CharField(max_length=40)
    wanted = models.JSONField()
    keys = models.BinaryField()
    name = models.CharField("文件名", max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING, db_index=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    file = models.CharField(max_length=80, blank=True)
    words = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Heartbeat(models.Model):
    """When a worker was last alive, and the days whose work it has finished."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    done = models.CharField(max_length=40, blank=True)
