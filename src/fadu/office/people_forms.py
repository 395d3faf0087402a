"""The forms by which units, persons and roles are kept."""

from __future__ import annotations

from typing import Any

from django import forms

from fadu.clock import today
from fadu.store.access import VERBS
from fadu.store.models import Person, Role, Unit

INDENT = "　"


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more)


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own takes none at run time
    """A unit in use, listed as the tree lies."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(Unit.objects.filter(active=True).order_by("path"), label=label, **more)

    def label_from_instance(self, obj: Any) -> str:
        """Indented by how deep it lies."""
        return f"{INDENT * (obj.path.count('.') - 1)}{obj.name}"


class PersonForm(forms.Form):
    """A person, new or changed."""

    login = forms.CharField(
        label="登录名", max_length=40, help_text="小写字母开头，如姓名拼音；以后不能改",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )  # fmt: skip
    name = forms.CharField(label="姓名", max_length=40)
    unit = UnitField("单位")
    title = forms.CharField(label="职务", max_length=40, required=False)
    phone = forms.CharField(
        label="电话", max_length=20, required=False, help_text="加密保存，默认遮盖显示",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip
    subject = forms.CharField(
        label="统一身份标识", max_length=255, required=False,
        help_text="统一身份认证平台上的用户标识（sub）；不用单点登录可不填",
    )  # fmt: skip

    @classmethod
    def of(cls, person: Person, data: Any = None) -> PersonForm:
        """The form of someone who is there: the login stands, an empty telephone number is no change."""
        known = {name: getattr(person, name) for name in ("login", "name", "unit", "title", "subject")}
        form = cls(data, initial=known)
        form.fields["login"].disabled = True
        form.fields["login"].help_text = "登录名不能改"
        form.fields["phone"].help_text = f"现为 {person.phone_masked or '未登记'}；留空则不变"
        return form


class UnitForm(forms.Form):
    """A unit, new or changed."""

    code = forms.CharField(label="代码", max_length=32, help_text="大写字母和数字，写入办件编号，以后不能改")
    name = forms.CharField(label="名称", max_length=80)
    short = forms.CharField(label="发文简称", max_length=20, required=False, help_text="文号用，如“明司”")
    kind = forms.ChoiceField(label="类别", choices=[choice for choice in Unit.Kind.choices if choice[0] != "district"])
    parent = UnitField("上级单位")


class ChangedUnitForm(UnitForm):
    """A unit that is there: its code stands, and a change has a day and a ground."""

    on = DayField(label="变动自", initial=today, required=False, help_text="名称或者上级有变动的，从哪一天起")
    basis = forms.CharField(label="依据", max_length=200, required=False, help_text="如更名、机构改革文件的文号")

    @classmethod
    def of(cls, unit: Unit, data: Any = None) -> ChangedUnitForm:
        """The form of a unit."""
        form = cls(data, initial={name: getattr(unit, name) for name in ("code", "name", "short", "kind", "parent")})
        form.fields["code"].disabled = True
        form.fields["code"].help_text = "代码不能改"
        return form


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = forms.CharField(label="理由", max_length=200, required=False)


class MergeForm(forms.Form):
    """A unit merged into another."""

    into = UnitField("并入")
    on = DayField(label="自", initial=today)
    basis = forms.CharField(label="依据", max_length=200, required=False, help_text="机构改革方案的文号")


class NothingForm(forms.Form):
    """For what needs nothing to be filled in."""


class GrantForm(forms.Form):
    """A role to be given."""

    role = forms.ChoiceField(label="角色", choices=Role.choices)
    unit = UnitField("范围", help_text="所选单位及其全部下属单位")
    since = DayField(label="自", initial=today)
    until = DayField(label="至", required=False, help_text="留空为长期")
    reason = forms.CharField(label="理由", max_length=200, required=False, help_text="如任职文件文号")


class RevokeForm(ReasonForm):
    """A role to be taken back."""

    grant = forms.IntegerField(widget=forms.HiddenInput)


class PostForm(forms.Form):
    """A post held from a day on."""

    name = forms.CharField(label="岗位", max_length=40, help_text="如 行政执法A岗")
    unit = UnitField("单位")
    since = DayField(label="自", initial=today)
    until = DayField(label="至", required=False)


class EndForm(forms.Form):
    """The last day of a post or a certificate."""

    row = forms.IntegerField(widget=forms.HiddenInput)
    on = DayField(label="至", initial=today)


class CredentialForm(forms.Form):
    """A certificate."""

    kind = forms.CharField(label="证件", max_length=40, help_text="如 行政执法证、法律职业资格证书")
    number = forms.CharField(label="证号", max_length=40)
    issued = DayField(label="发证日期")
    expires = DayField(label="有效期至", required=False)


class WhyForm(forms.Form):
    """Why may a person (not) do something to a case?"""

    verb = forms.ChoiceField(label="操作", choices=[(verb, words) for verb, (words, _) in VERBS.items()])
    number = forms.CharField(label="办件编号", max_length=48)


class TraceForm(forms.Form):
    """Which traces."""

    kind = forms.ChoiceField(label="类别", required=False)
    login = forms.CharField(label="人员（登录名）", max_length=40, required=False)
    since = DayField(label="自", required=False)
    until = DayField(label="至", required=False)
    words = forms.CharField(label="内容含", max_length=60, required=False)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "全部"), *kinds]  # type: ignore[attr-defined]
