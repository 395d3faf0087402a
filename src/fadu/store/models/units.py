"""Units: the district, its departments and towns, their stations and villages."""

from __future__ import annotations

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
