"""The forms of signing in and of one's own account."""

from __future__ import annotations

from typing import Any

from django import forms

from fadu.acts.passwords import LONGEST, rules_in_words


def _password(label: str, complete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": complete})
    return forms.CharField(label=label, max_length=LONGEST, strip=False, widget=widget, **more)


class SignInForm(forms.Form):
    """Login and password."""

    login = forms.CharField(
        label="登录名", max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )  # fmt: skip
    password = _password("密码", "current-password")


class CodeForm(forms.Form):
    """The code of the second factor."""

    code = forms.CharField(
        label="动态验证码", max_length=12, help_text="手机验证器应用里当前显示的 6 位数字",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )  # fmt: skip


class PasswordForm(forms.Form):
    """A new password, twice."""

    old = _password("现在的密码", "current-password")
    password = _password("新密码", "new-password")
    again = _password("再输一次新密码", "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = rules_in_words()

    def clean_again(self) -> str:
        """The same as the first."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError("两次输入的新密码不一样")
        return again


class ConfirmForm(forms.Form):
    """One's own password, for what must not be done by someone who finds the screen unlocked."""

    password = _password("密码", "current-password", help_text="停用前请再次输入自己的密码")
