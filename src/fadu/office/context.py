"""What every page shows around its own matter: the district, the way to the other pages, who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from fadu.acts.recording import Actor
from fadu.store.access import READS, Access
from fadu.store.models import Notification, Person, Role

OUTSIDE = READS | {Role.EXTERNAL}
KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.ADMINISTRATOR, Role.AUDIT_ADMIN})
"""Who may look persons and units up."""

PAGES: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("work", "我的工作", OUTSIDE),
    ("registers", "台账", OUTSIDE),
    ("calendar", "日历", OUTSIDE),
    ("ahead", "未诉先办", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.LEADER})),
    ("credentials", "执法核验", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.LEADER})),
    ("lawbook", "法典", frozenset(Role)),
    ("import", "导入", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})),
    ("unit-papers", "单位资料", frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER})),
    ("people", "人员", KEEPERS),
    ("traces", "审计", frozenset({Role.AUDIT_ADMIN})),
)
"""Address, name, and the roles whose bar shows it."""

WITHIN = {"registers": ("/cases/", "/exports/", "/discretion/", "/posts/", "/power-lists/")}
"""Page of the bar → where else one is still on it."""

MOST_UNREAD = 99
_SAID = "said"


class OfficeRequest(HttpRequest):
    """A request of someone who is signed in, as ``SessionPolicy`` lets it through."""

    access: Access


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the bar; ``here``: the one being shown; ``count``: news there."""

    label: str
    href: str
    here: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What an act answered, shown once on the next page. ``tone``: ok, warn, bad or empty."""

    words: str
    tone: str = "ok"


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page (``frame`` in templates)."""

    request: HttpRequest

    @property
    def district(self) -> str:
        return str(settings.DISTRICT.name)

    @property
    def short(self) -> str:
        return str(settings.DISTRICT.short)[:1]

    @property
    def simulated(self) -> bool:
        return bool(settings.DISTRICT.simulated)

    @property
    def person(self) -> Person | None:
        """Who is signed in."""
        access = _access(self.request)
        return access.person if access else None

    @property
    def home(self) -> str:
        """Where the district's name leads."""
        access = _access(self.request)
        return home_of(access) if access else reverse("sign-in")

    @property
    def nav(self) -> list[Item]:
        """The pages of the bar."""
        access = _access(self.request)
        return list(_items(access, self.request.path)) if access else []

    @property
    def notices(self) -> list[Said]:
        """What is still to be said; said once."""
        if not hasattr(self.request, "session"):
            return []
        return [Said(*said) for said in self.request.session.pop(_SAID, [])]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """The context processor."""
    return {"frame": Frame(request)}


def for_readers(request: OfficeRequest, words: str) -> Access:
    """The access of someone whose roles see cases. Raises ``PermissionDenied`` with the words for anybody else."""
    if not request.access.roles & READS:
        raise PermissionDenied(words)
    return request.access


def say(request: HttpRequest, words: str, tone: str = "ok") -> None:
    """Have ``words`` shown at the head of the next page."""
    request.session[_SAID] = [*request.session.get(_SAID, []), (words, tone)]


def home_of(access: Access) -> str:
    """The page a person's day begins with."""
    pages = PAGES if access.roles & OUTSIDE else reversed(PAGES)
    found = (_href(name) for name, _, roles in pages if access.roles & roles)
    return next((href for href in found if href), reverse("account"))


def address_of(request: HttpRequest) -> str:
    """Where the request comes from: the proxy's word where there is one, since only it can reach the office then."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return str(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()[:45])
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def actor_of(request: HttpRequest) -> Actor:
    """Who acts, for ``fadu.acts``."""
    return Actor(_access(request), address=address_of(request))


def _access(request: HttpRequest) -> Access | None:
    found: Access | None = getattr(request, "access", None)
    return found


def _items(access: Access, path: str) -> Iterator[Item]:
    for name, label, roles in PAGES:
        if not access.roles & roles:
            continue
        href = _href(name)
        if not href:
            continue
        here = path == href if href == "/" else path.startswith((href, *WITHIN.get(name, ())))
        yield Item(label, href, here, _unread(access.person) if name == "work" else "")


def _href(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # served without that page
        return ""


def _unread(person: Person) -> str:
    found = Notification.objects.filter(person=person, read_at=None)[: MOST_UNREAD + 1].count()
    return f"{MOST_UNREAD}+" if found > MOST_UNREAD else str(found or "")
