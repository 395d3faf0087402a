"""Units: the district, its departments and towns, their stations and villages."""

from __future__ import annotations

from datetime import date

from django.db import models


class Unit(models.Model):
    """A unit (单位). ``path`` is the codes from the district down, each ended by a dot: a subtree is a prefix."""

    class Kind(models.TextChoices):
        DISTRICT = "district", "区"
        DEPARTMENT = "department", "部门"
        TOWN = "town", "镇街"
        STATION = "station", "站所"
        VILLAGE = "village", "村居"

    code = models.CharField("代码", max_length=32, unique=True)
    name = models.CharField("名称", max_length=80)
    short = models.CharField("发文简称", max_length=20, blank=True)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=255, db_index=True)
    active = models.BooleanField("在用", default=True)

    class Meta:
        ordering = ("path",)
        verbose_name = "单位"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep ``path`` true; a unit that moves takes its subtree along."""
        old = self.path
        self.path = f"{self.parent.path if self.parent else ''}{self.code}."
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        if old and old != self.path:
            for child in self.children.all():
                child.save()


    def named_on(self, day: date) -> str:
        """The name the unit had on a day."""
        later = self.changes.filter(kind=UnitChange.Kind.CHANGED, on__gt=day).order_by("on", "pk").first()
        return later.name if later else self.name


class UnitChange(models.Model):
    """A change of the organisation (机构变动) from a day on; ``name``, ``short``, ``parent``: as they were before."""

    class Kind(models.TextChoices):
        CHANGED = "changed", "更名或者调整"
        MERGED = "merged", "并入"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="changes")
    on = models.DateField("自")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)
    short = models.CharField(max_length=20, blank=True)
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    successor = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    basis = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        ordering = ("on", "pk")


class Counter(models.Model):
    """The last number given in a series (case numbers, document numbers): without gaps, under a row lock."""

    name = models.CharField(max_length=120, primary_key=True)
    last = models.BigIntegerField(default=0)


class Setting(models.Model):
    """A setting of the district that the office changes, with its value as JSON."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=False)
    changed_by = models.ForeignKey("store.Person", models.PROTECT, null=True, related_name="+")


class HolidayYear(models.Model):
    """The arrangement of one year's holidays as its notice states it, loaded into the district."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    notice = models.CharField("通知文号", max_length=80)
    off = models.JSONField("放假的工作日", default=list)
    work = models.JSONField("上班的休息日", default=list)
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey("store.Person", models.PROTECT, null=True, related_name="+")
