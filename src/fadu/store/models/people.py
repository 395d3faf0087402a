"""Persons of the office: who they are, what posts they hold, what roles they were given."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from fadu.store.models.units import Unit
from fadu.store.sealing import mask, seal, unseal


class People(BaseUserManager["Person"]):
    """Persons by login."""

    def get_by_natural_key(self, login: str | None) -> Person:
        return self.get(login=login)


class Person(AbstractBaseUser):
    """Someone who signs in. Telephone, identity number and the secret of the second factor are sealed."""

    login = models.CharField("登录名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="单位", related_name="people")
    title = models.CharField("职务", max_length=40, blank=True)
    phone_sealed = models.BinaryField(default=b"")
    id_number_sealed = models.BinaryField(default=b"")
    totp_sealed = models.BinaryField(default=b"")
    is_active = models.BooleanField("启用", default=True)
    simulated = models.BooleanField("模拟数据", default=False)
    must_change = models.BooleanField("下次登录须改密码", default=False)
    password_at = models.DateTimeField("密码更改时间", null=True)
    tries = models.PositiveSmallIntegerField("连续输错次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True)
    subject = models.CharField("统一身份标识", max_length=255, blank=True, db_index=True)

    USERNAME_FIELD = "login"
    objects = People()

    class Meta:
        verbose_name = "人员"

    def __str__(self) -> str:
        return self.name

    @property
    def phone(self) -> str:
        """The telephone number in the clear."""
        return unseal(self.phone_sealed, "person.phone")

    @phone.setter
    def phone(self, text: str) -> None:
        self.phone_sealed = seal(text, "person.phone")

    @property
    def phone_masked(self) -> str:
        return mask(self.phone, "phone")

    @property
    def totp_secret(self) -> str:
        return unseal(self.totp_sealed, "person.totp")

    @totp_secret.setter
    def totp_secret(self, text: str) -> None:
        self.totp_sealed = seal(text, "person.totp")


class Role(models.TextChoices):
    """What a person may be. The last three are apart from one another and from all others (三员分立)."""

    ADMINISTRATOR = "administrator", "区司法局管理员"
    LEGAL_OFFICER = "legal_officer", "单位法制员"
    HANDLER = "handler", "承办人"
    LEADER = "leader", "领导"
    EXTERNAL = "external", "外部人员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


SEPARATED = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


class Grant(models.Model):
    """A role given to a person over a unit and all below it, from a day until a day."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="grants")
    role = models.CharField("角色", max_length=16, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)
    given_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (models.Index(fields=("person", "role")),)


class Credential(models.Model):
    """A certificate a person holds (行政执法证, 法律职业资格 …)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="credentials")
    kind = models.CharField("证件", max_length=40)
    number = models.CharField("证号", max_length=40)
    issued = models.DateField("发证日期")
    expires = models.DateField("有效期至", null=True, blank=True)


class Post(models.Model):
    """A post a person holds in a unit (岗位), such as an enforcement post of class A."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    name = models.CharField("岗位", max_length=40)
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)


class Trace(models.Model):
    """What happened around sign-in, roles and personal data (安全日志); only ever added to."""

    at = models.DateTimeField(db_index=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=24, db_index=True)
    """sign_in, refused, locked, sign_out, password, totp, grant, revoke, reveal, export, erase …"""
    case = models.ForeignKey("store.Case", models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=45, blank=True)
    words = models.CharField(max_length=300)


class SavedFilter(models.Model):
    """A filter of a register that a person keeps."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="filters")
    procedure = models.CharField(max_length=40)
    name = models.CharField("名称", max_length=40)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "procedure", "name"), name="filter_name"),)


class ColumnChoice(models.Model):
    """The columns a person chose for a register (``procedure``) or for the list over all of them (``all``)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    procedure = models.CharField(max_length=40)
    names = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "procedure"), name="column_choice"),)
