"""The frame of every page: the bar by role, what a page may load, and how refusals look."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from district import PASSWORD
from django.conf import settings as office_settings
from django.test import Client, RequestFactory

from fadu.acts.errors import NotPermitted
from fadu.clock import now
from fadu.office.context import address_of
from fadu.office.middleware import SessionPolicy
from fadu.store.models import Notification, Person, Role

OFFICE = Path(__file__).parents[2] / "src" / "fadu" / "office"
TEMPLATES = sorted((OFFICE / "templates").rglob("*.html"))


def page(role: Role) -> Client:
    client = Client()
    client.force_login(Person.objects.get(login=role.value))
    return client


def bar(client: Client) -> list[str]:
    found = client.get("/account/").content.decode()
    return re.findall(r'<a href="([^"]+)"', found.split('class="nav"')[1].split("</nav>")[0])


def test_the_bar_shows_what_a_role_uses(town):
    assert {"/people/", "/traces/"} <= set(bar(page(Role.AUDIT_ADMIN)))
    assert "/traces/" not in bar(page(Role.SYSTEM_ADMIN))
    assert "/people/" in bar(page(Role.ADMINISTRATOR))
    handler = page(Role.HANDLER).get("/account/").content.decode()
    assert "/people/" not in handler.split('class="nav"')[-1].split("</nav>")[0]


def test_the_page_being_shown_is_marked(town):
    found = page(Role.SYSTEM_ADMIN).get("/people/").content.decode()
    assert '<a href="/people/" aria-current="page">人员' in found


def test_simulated_districts_say_so_on_every_page_and_real_ones_do_not(town, settings):
    client = page(Role.SYSTEM_ADMIN)
    addresses = ["/people/", "/account/", "/no-such-page/"]
    for address in addresses:
        assert client.get(address).content.decode().count("模拟数据") == 2
    settings.DISTRICT = replace(settings.DISTRICT, simulated=False)
    for address in addresses:
        assert "模拟数据" not in client.get(address).content.decode()


def test_pages_may_load_from_this_site_only_and_are_not_kept(town):
    answer = page(Role.SYSTEM_ADMIN).get("/people/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_keep_the_policy(template):
    """No style attribute, no inline script or style, nothing from another site."""
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_forms_are_posted_with_a_token(town):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(town.people[Role.SYSTEM_ADMIN])
    answer = strict.post("/people/new/", {"login": "wu.xin"})
    assert answer.status_code == 403
    assert "表单已失效或者不是从本系统提交的，没有记录任何内容" in answer.content.decode()
    assert Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "x", "password": PASSWORD}).status_code == 302
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert len(re.findall(r"<form[^>]*method=\"post\"", text)) <= text.count("{% csrf_token %}"), template.name


def test_refusals_are_pages_with_words(town, rf):
    client = page(Role.SYSTEM_ADMIN)
    assert "没有这一页，或者您不能查看它" in client.get("/no-such-page/").content.decode()
    assert "“查阅审计日志”须由审计管理员进行" in client.get("/traces/").content.decode()


def test_an_act_that_was_not_permitted_is_answered_with_its_words_wherever_it_was_called(town):
    request = RequestFactory().get("/")
    answer = SessionPolicy(lambda _: None).process_exception(request, NotPermitted("没有权限分派：理由"))
    assert answer.status_code == 403 and "没有权限分派：理由" in answer.content.decode()
    assert SessionPolicy(lambda _: None).process_exception(request, ValueError()) is None


def test_text_that_people_gave_is_never_markup(town):
    Person.objects.filter(login="handler").update(name="<script>alert(1)</script>")
    found = page(Role.SYSTEM_ADMIN).get("/people/").content.decode()
    assert "<script>alert" not in found and "&lt;script&gt;alert(1)" in found


def test_news_are_counted_at_my_work(town):
    from fadu.office.context import _unread

    person = town.people[Role.HANDLER]
    assert _unread(person) == ""
    Notification.objects.bulk_create(
        Notification(person=person, kind="x", words="x", at=now(), key=str(number)) for number in range(120)
    )
    assert _unread(person) == "99+"


def test_the_address_is_the_proxys_word_only_where_there_is_a_proxy(settings):
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3"}, REMOTE_ADDR="127.0.0.1")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert address_of(request) == "127.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "10.1.2.3"


def test_the_office_is_served_as_wsgi():
    from fadu.office.wsgi import application

    assert callable(application)
    assert office_settings.WSGI_APPLICATION == "fadu.office.wsgi.application"


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("ink", "paper"), [
    ("ink", "ground"), ("ink-2", "paper"), ("ink-2", "ground"), ("ink-3", "ground"), ("blue", "paper"),
    ("blue", "blue-soft"), ("ok", "ok-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"), ("bad", "paper"),
    ("paper", "blue"), ("paper", "red"),
])  # fmt: skip
def test_colours_of_text_have_contrast_aa(ink, paper):
    css = (OFFICE / "static" / "office" / "fadu.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", css))
    pair = [found[name] if len(found[name]) == 7 else "#" + "".join(sign * 2 for sign in found[name][1:])
            for name in (ink, paper)]  # fmt: skip
    dark, light = sorted(map(_luminance, pair))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
