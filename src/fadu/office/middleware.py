"""What holds for every request: who may come in, for how long, and what a page may load."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from fadu.acts.errors import NotPermitted
from fadu.acts.signing import password_due, second_factor_due, signed_out
from fadu.clock import now, today
from fadu.office.context import address_of
from fadu.office.views.errors import forbidden
from fadu.store.access import Access, access_of

Answer = Callable[[HttpRequest], HttpResponse]

SEEN = "seen_at"
"""Key of the session: when its person was last here, in seconds since 1970."""

RARELY = 60
"""Seconds after which ``SEEN`` is written anew: a session is a row, and not every click should write."""

POLICY = "; ".join((
    "default-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'", "form-action 'self'",
    "frame-ancestors 'none'",
))  # fmt: skip


class SessionPolicy:
    """Nobody enters without signing in; idle sessions end; a password that is due is changed before anything else.

    Puts ``request.access``: what the person may see and do today.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request) if _open(request) else _to_sign_in(request)
        person = request.user
        if self._idle(request):
            signed_out(person, "ended", address_of(request), f"超过 {settings.SIGN_IN['idle_minutes']} 分钟没有操作")
            logout(request)
            return self.get_response(request) if _open(request) else _to_sign_in(request, idle=True)
        access = access_of(person, today())
        request.access = access  # type: ignore[attr-defined]
        first = _first_of_all(access)
        if first and request.path not in (first, reverse("sign-out")):
            return _sent(request, first)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """An act that was not permitted is answered with its own words, wherever it was called."""
        return forbidden(request, exception) if isinstance(exception, NotPermitted) else None

    @staticmethod
    def _idle(request: HttpRequest) -> bool:
        moment = now().timestamp()
        seen = request.session.get(SEEN, moment)
        if moment - seen > settings.SIGN_IN["idle_minutes"] * 60:
            return True
        if moment - seen >= RARELY or SEEN not in request.session:
            request.session[SEEN] = moment
        return False


class ContentPolicy:
    """Pages load from this site only, run no script written into them, and are not kept by anyone on the way."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _first_of_all(access: Access) -> str:
    """The page that must be dealt with before any other; empty where there is none."""
    if password_due(access.person):
        return reverse("password")
    return reverse("second-factor") if second_factor_due(access.person, access.roles) else ""


def _open(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("sign-in"))


def _to_sign_in(request: HttpRequest, idle: bool = False) -> HttpResponse:
    words: dict[str, str] = {}
    if request.method == "GET" and request.path != "/" and "HX-Request" not in request.headers:
        words["next"] = request.get_full_path()
    if idle:
        words["idle"] = "1"
    if request.method == "POST":
        words["lost"] = "1"
    return _sent(request, reverse("sign-in") + (f"?{urlencode(words)}" if words else ""))


def _sent(request: HttpRequest, address: str) -> HttpResponse:
    """Send the browser to another page, whole, also where only a part of the page was asked for."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address)
