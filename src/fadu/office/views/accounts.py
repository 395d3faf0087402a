"""Signing in and out, passwords, the second factor, single sign-on."""

from __future__ import annotations

import pyotp
import segno
from django.conf import settings
from django.contrib.auth import login as begin_session
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from fadu.acts.errors import ActRefused
from fadu.acts.signing import (
    SignInRefused,
    Try,
    change_password,
    check_code,
    check_password,
    drop_second_factor,
    enrol_second_factor,
    has_second_factor,
    keep_few_sessions,
    password_due,
    person_by_subject,
    second_factor_due,
    sign_in,
    signed_out,
)
from fadu.clock import now, today
from fadu.law.errors import FaduError
from fadu.office.account_forms import CodeForm, ConfirmForm, PasswordForm, SignInForm
from fadu.office.answers import show
from fadu.office.context import OfficeRequest, address_of, home_of, say
from fadu.office.middleware import SEEN
from fadu.office.moments import shown
from fadu.office.single_sign_on import Journey, Provider
from fadu.store.access import access_of
from fadu.store.models import Person, Trace
from fadu.store.sealing import seal, unseal

HALF = "half"
"""Key of the session: whose password was right, waiting for the code."""
HALF_SECONDS = 300
JOURNEY = "journey"
SECRET = "second_factor"  # noqa: S105 - a key of the session
SHOWN_SIGN_INS = 10


@require_http_methods(["GET", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Login and password; then the code where the person has a second factor."""
    if request.user.is_authenticated:
        return redirect(_next(request, request.user))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = Try(form.cleaned_data["login"], form.cleaned_data["password"], address_of(request))
        try:
            person = check_password(given)
        except SignInRefused as error:
            show(form, error)
        else:
            return _after_password(request, person)
    words = {"form": form, "next": request.GET.get("next", ""), "sso": bool(settings.DISTRICT.oidc),
             "idle": request.GET.get("idle"), "lost": request.GET.get("lost"),
             "idle_minutes": settings.SIGN_IN["idle_minutes"]}  # fmt: skip
    return render(request, "office/sign_in.html", words, status=403 if form.errors and form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """The second step."""
    half = request.session.get(HALF)
    person = Person.objects.filter(pk=half["person"]).first() if half else None
    if half is None or person is None or now().timestamp() - half["at"] > HALF_SECONDS:
        request.session.pop(HALF, None)
        return redirect("sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            check_code(person, form.cleaned_data["code"], address_of(request))
        except SignInRefused as error:
            show(form, error)
            if error.locked:
                del request.session[HALF]
        else:
            return _enter(request, person, "密码和动态验证码")
    return render(request, "office/sign_in_code.html", {"form": form}, status=403 if form.errors else 200)


def sso(request: HttpRequest) -> HttpResponse:
    """Leave for the city's provider."""
    journey = Journey.begun(request.build_absolute_uri(reverse("sso-back")))
    try:
        address = Provider.of(settings.DISTRICT).address(journey)
    except FaduError as error:
        return _sso_failed(request, error)
    request.session[JOURNEY] = [journey.state, journey.nonce, journey.verifier, journey.back, _wanted(request)]
    return redirect(address)


def sso_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: once, and only with an answer to what was asked."""
    *kept, wanted = request.session.pop(JOURNEY, None) or ["", "", "", "", ""]
    try:
        if not kept[0]:
            raise SignInRefused("这次统一身份认证不是从本系统的登录页开始的，或者已经过期；请重新登录")
        subject = Provider.of(settings.DISTRICT).subject(Journey(*kept), request.GET.dict())
        person = person_by_subject(subject, address_of(request))
    except FaduError as error:
        return _sso_failed(request, error)
    return _enter(request, person, "统一身份认证", wanted)


@require_http_methods(["GET", "POST"])
def sign_out(request: OfficeRequest) -> HttpResponse:
    """End the session; asked for by GET, a page with the button."""
    if request.method != "POST":
        return render(request, "office/sign_out.html")
    signed_out(request.access.person, "sign_out", address_of(request))
    logout(request)
    return redirect("sign-in")


def account(request: OfficeRequest) -> HttpResponse:
    """Who one is here, what one may, when one signed in."""
    person = request.access.person
    traces = Trace.objects.filter(person=person, kind__in=("sign_in", "refused", "locked", "ended", "password", "totp"))
    rows = [(shown(row.at), row.words, row.address) for row in traces.order_by("-id")[:SHOWN_SIGN_INS]]
    grants = person.grants.select_related("unit").order_by("since")
    return render(request, "office/account.html", {
        "person": person, "rows": rows, "second_factor": has_second_factor(person), "today": today(),
        "grants": [grant for grant in grants if grant.until is None or grant.until >= today()],
        "password_at": shown(person.password_at) if person.password_at else "",
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def password(request: OfficeRequest) -> HttpResponse:
    """Change one's own password; all other sessions end."""
    person = request.access.person
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_password(person, form.cleaned_data["old"], form.cleaned_data["password"], address_of(request))
        except ActRefused as error:
            show(form, error)
        else:
            update_session_auth_hash(request, person)
            say(request, "密码已更改，其他地方的登录已全部终止")
            return redirect(home_of(request.access))
    return render(request, "office/password.html", {"form": form, "due": password_due(person)})


@require_http_methods(["GET", "POST"])
def second_factor(request: OfficeRequest) -> HttpResponse:
    """Enrol a telephone as second factor."""
    person = request.access.person
    if has_second_factor(person):
        return redirect("account")
    secret = _secret_at_hand(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enrol_second_factor(person, secret, form.cleaned_data["code"], address_of(request))
        except ActRefused as error:
            show(form, error)
        else:
            del request.session[SECRET]
            say(request, "第二验证已启用；以后登录时，输入密码之后还要输入手机上的验证码")
            return redirect("account")
    address = pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=f"{settings.DISTRICT.name}法度")
    picture = segno.make(address, error="m").svg_inline(omitsize=True, border=2, title="第二验证的二维码")
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return render(request, "office/second_factor.html", {
        "form": form, "picture": picture, "secret": groups, "due": second_factor_due(person, request.access.roles),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def second_factor_off(request: OfficeRequest) -> HttpResponse:
    """Stop using it."""
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            drop_second_factor(request.access.person, form.cleaned_data["password"], address_of(request))
        except ActRefused as error:
            show(form, error)
        else:
            say(request, "第二验证已停用", "warn")
            return redirect("account")
    return render(request, "office/second_factor_off.html", {"form": form})


def _after_password(request: HttpRequest, person: Person) -> HttpResponse:
    if not has_second_factor(person):
        return _enter(request, person, "密码", _wanted(request))
    request.session[HALF] = {"person": person.pk, "at": now().timestamp(), "next": _wanted(request)}
    return redirect("sign-in-code")


def _enter(request: HttpRequest, person: Person, how: str, wanted: str = "") -> HttpResponse:
    """Begin the session, under a new key, and end what is one too many."""
    half = request.session.pop(HALF, None)
    wanted = wanted or (half or {}).get("next", "")
    sign_in(person, address_of(request), how)
    begin_session(request, person)
    request.session["began_at"] = request.session[SEEN] = now().timestamp()
    request.session.save()
    ended = keep_few_sessions(person, request.session, address_of(request))
    if ended:
        say(request, f"您在别处的 {ended} 个较早的登录已终止（最多同时 {settings.SIGN_IN['sessions']} 处）", "warn")
    return redirect(wanted or _next(request, person))


def _next(request: HttpRequest, person: Person) -> str:
    return _wanted(request) or home_of(access_of(person, today()))


def _wanted(request: HttpRequest) -> str:
    """The page that was asked for before signing in, where it is one of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else ""


def _sso_failed(request: HttpRequest, error: FaduError) -> HttpResponse:
    words = {"form": SignInForm(), "sso": True, "failed": str(error)}
    return render(request, "office/sign_in.html", words, status=403)


def _secret_at_hand(request: HttpRequest) -> str:
    """The secret being enrolled: the same until it is, so that a mistyped code needs no new picture."""
    kept = request.session.get(SECRET)
    if kept:
        return unseal(bytes.fromhex(kept), "session.totp")
    secret = pyotp.random_base32()
    request.session[SECRET] = seal(secret, "session.totp").hex()
    return secret


urls: list[URLPattern] = [
    path("sign-in/", sign_in_page, name="sign-in"),
    path("sign-in/code/", code_page, name="sign-in-code"),
    path("sign-in/sso/", sso, name="sso"),
    path("sign-in/sso/back/", sso_back, name="sso-back"),
    path("sign-out/", sign_out, name="sign-out"),
    path("account/", account, name="account"),
    path("account/password/", password, name="password"),
    path("account/second-factor/", second_factor, name="second-factor"),
    path("account/second-factor/off/", second_factor_off, name="second-factor-off"),
]
