"""口令: what a password must be (GB/T 22239-2019 8.1.4.1), and one made up for a first sign-in."""

from __future__ import annotations

import secrets
import string

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from fadu.acts.errors import Incomplete
from fadu.store.models import Person

KINDS = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
LONGEST = 128
"""Longer ones only keep the machine busy."""

_CLEAR = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
"""Without what is taken for something else when it is read out: i l o I O 0 1."""


def rules_in_words() -> str:
    """The policy as the form states it."""
    return (
        f"至少 {settings.SIGN_IN['password_length']} 个字符，大写字母、小写字母、数字、符号中至少三种；"
        "不得含登录名或者姓名，不得与现在的密码相同，不得是常见密码"
    )


def check_new_password(person: Person, password: str) -> None:
    """Raises ``Incomplete`` at ``password`` with everything that is wrong with it."""
    faults = [words for wrong, words in _findings(person, password) if wrong]
    if faults:
        raise Incomplete({"password": "新密码不符合要求：" + "；".join(faults)})


def _findings(person: Person, password: str) -> list[tuple[bool, str]]:
    least = settings.SIGN_IN["password_length"]
    low = password.lower()
    return [
        (len(password) < least, f"只有 {len(password)} 个字符，至少 {least} 个"),
        (len(password) > LONGEST, f"最多 {LONGEST} 个字符"),
        (_kinds(password) < 3, f"只有 {_kinds(password)} 种字符，大写字母、小写字母、数字、符号中至少三种"),
        (person.login.lower() in low, "不得含登录名"),
        (bool(person.name) and person.name.lower() in low, "不得含姓名"),
        (len(password) <= LONGEST and person.check_password(password), "不得与现在的密码相同"),
        (_common(password), "是常见密码，容易被猜中"),
    ]


def _kinds(password: str) -> int:
    known = [any(sign in kind for sign in password) for kind in KINDS]
    return sum(known) + any(not any(sign in kind for kind in KINDS) for sign in password)


def _common(password: str) -> bool:
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return True
    return False


def one_time_password() -> str:
    """Twelve signs in three groups, of three kinds and with hyphens: about 66 bits, easy to read out."""
    signs = "".join(_CLEAR)
    while True:
        text = "".join(secrets.choice(signs) for _ in range(12))
        if all(any(sign in kind for sign in text) for kind in _CLEAR):
            return f"{text[:4]}-{text[4:8]}-{text[8:]}"
