"""Signing in: passwords, lock-out, idle sessions, the second factor, the city's single sign-on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from district import PASSWORD, make_town
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from joserfc import jwt
from joserfc.jwk import RSAKey

from fadu.acts.errors import Incomplete
from fadu.acts.passwords import check_new_password, one_time_password
from fadu.acts.signing import SignInRefused, Try, check_password, locked_until, sign_in
from fadu.clock import now
from fadu.store.models import Person, Role, Trace

REFUSED = "登录名或者密码不对。连续输错 5 次将锁定 15 分钟"
LOCKED = "连续输错 5 次，已锁定 15 分钟；请稍后再试，或者请安全管理员解锁"


def enter(client: Client, login: str, password: str = PASSWORD, **more: str):
    return client.post("/sign-in/", {"login": login, "password": password, **more})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def kinds() -> list[str]:
    return list(Trace.objects.order_by("id").values_list("kind", flat=True))


def test_a_person_signs_in_and_out_and_both_leave_a_trace(town, client):
    answer = enter(client, "handler")
    assert answer.status_code == 302 and signed_in(client)
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert not signed_in(client)
    assert kinds() == ["sign_in", "sign_out"]
    assert Trace.objects.first().words == "承办人（handler）登录，方式：密码"
    assert Trace.objects.first().address == "127.0.0.1"


def test_every_page_but_sign_in_asks_who_is_there(town, client):
    for address in ("/account/", "/people/", "/traces/", "/people/1/permissions/"):
        assert client.get(address).headers["Location"].startswith("/sign-in/?next=%2F")
    lost = client.post("/account/password/", follow=True).content.decode()
    assert "刚才提交的内容没有记录" in lost
    part = client.get("/people/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/sign-in/")


def test_one_comes_back_to_the_page_that_was_asked_for_but_to_no_other_site(town, client):
    assert enter(client, "system_admin", next="/people/?q=x").headers["Location"] == "/people/?q=x"
    client.post("/sign-out/")
    assert enter(client, "system_admin", next="https://example.org/").headers["Location"] == "/people/"


@pytest.mark.parametrize(("login", "password"), [("handler", "wrong"), ("nobody", "wrong"), ("leader", PASSWORD)])
def test_wrong_password_unknown_login_and_disabled_account_get_the_same_answer(town, monkeypatch, login, password):
    Person.objects.filter(login="leader").update(is_active=False)
    worked: list[str] = []
    plain = MD5PasswordHasher.encode

    def encode(self, given, salt):
        worked.append(given)
        return plain(self, given, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    with pytest.raises(SignInRefused) as refused:
        check_password(Try(login, password))
    assert str(refused.value) == REFUSED
    assert worked == [password]  # the same work, so that the time taken tells nothing


@pytest.mark.parametrize("login", ["handler", "nobody"])
def test_known_and_unknown_logins_are_locked_alike(town, at, login):
    with at("2024-03-01 09:00"):
        for _ in range(4):
            with pytest.raises(SignInRefused, match=REFUSED):
                check_password(Try(login, "wrong"))
        for _ in range(2):
            with pytest.raises(SignInRefused) as refused:
                check_password(Try(login, PASSWORD if _ else "wrong"))
            assert (str(refused.value), refused.value.locked) == (LOCKED, True)
    assert kinds() == ["refused"] * 5 + ["locked"]
    with at("2024-03-01 09:16"), pytest.raises(SignInRefused, match=REFUSED):
        check_password(Try(login, "wrong"))


def test_the_lock_ends_after_its_minutes_and_a_good_sign_in_begins_the_count_anew(town, at):
    handler = town.people[Role.HANDLER]
    with at("2024-03-01 09:00"):
        for _ in range(5):
            with pytest.raises(SignInRefused):
                check_password(Try("handler", "wrong"))
        handler.refresh_from_db()
        assert locked_until(handler) is not None
    with at("2024-03-01 09:16"):
        sign_in(check_password(Try("HANDLER ", PASSWORD)), "")
        for _ in range(4):
            with pytest.raises(SignInRefused, match=REFUSED):
                check_password(Try("handler", "wrong"))


def test_tries_are_counted_before_the_password_is_looked_at(town, monkeypatch):
    """Many at one moment: as soon as five are being looked at, the sixth is not, even with the right password."""
    Person.objects.filter(login="handler").update(tries=5)
    with pytest.raises(SignInRefused, match="已锁定"):
        check_password(Try("handler", PASSWORD))
    assert locked_until(Person.objects.get(login="handler")) is not None


def test_many_guesses_at_one_moment_are_no_way_round_the_lock(real_transactions, monkeypatch):
    make_town()
    worked: list[str] = []
    plain = MD5PasswordHasher.encode

    def encode(self, given, salt):
        worked.append(given)
        sleep(0.05)  # all are in it together
        return plain(self, given, salt)

    def guess(number: int) -> str:
        try:
            check_password(Try("handler", f"guess-{number}"))
        except SignInRefused as error:
            return str(error)
        finally:
            connection.close()
        return ""

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(16)))
    assert len(worked) <= 5
    assert all(answers) and LOCKED in answers
    assert locked_until(Person.objects.get(login="handler")) is not None


def test_an_idle_session_ends_with_words(town, client, at):
    with at("2024-03-01 09:00"):
        enter(client, "system_admin")
    with at("2024-03-01 09:29"):
        assert client.get("/people/").status_code == 200
    with at("2024-03-01 09:58"):
        assert client.get("/people/").status_code == 200
    with at("2024-03-01 10:30"):
        answer = client.get("/people/", follow=True)
    assert "超过 30 分钟没有操作，已自动退出" in answer.content.decode()
    assert not signed_in(client)
    assert Trace.objects.last().words == "系统管理员（system_admin）的会话已终止：超过 30 分钟没有操作"


def test_a_third_sign_in_ends_the_oldest_session(town, at):
    clients = [Client() for _ in range(3)]
    for minute, client in enumerate(clients):
        with at(f"2024-03-01 09:0{minute}"):
            enter(client, "system_admin")
    enter(other := Client(), "security_admin")
    with at("2024-03-01 09:05"):
        assert [client.get("/people/").status_code for client in clients] == [302, 200, 200]
    assert other.get("/people/").status_code == 200
    assert Session.objects.count() == 3
    assert Trace.objects.filter(kind="ended").get().words.endswith("同时登录超过 2 处，最早的 1 处被新登录替代")


def test_a_disabled_person_is_out_at_once(town, client):
    enter(client, "system_admin")
    Person.objects.filter(login="system_admin").update(is_active=False)
    assert client.get("/people/").status_code == 302


def test_a_first_password_must_be_changed_before_anything_else(town, client):
    Person.objects.filter(login="system_admin").update(must_change=True)
    enter(client, "system_admin")
    assert client.get("/people/").headers["Location"] == "/account/password/"
    assert "首次登录，或者密码由管理员重置过" in client.get("/account/password/").content.decode()
    form = {"old": PASSWORD, "password": "Qingfeng-88", "again": "Qingfeng-88"}
    assert client.post("/account/password/", form).headers["Location"] == "/people/"
    assert "密码已更改" in client.get("/people/").content.decode()
    assert "密码已更改" not in client.get("/people/").content.decode()  # said once


def test_a_password_is_changed_after_its_days(town, client, at):
    with at("2024-01-01 09:00"):
        Person.objects.filter(login="system_admin").update(password_at=now())
    with at("2024-03-30 09:00"):
        enter(client, "system_admin")
        assert client.get("/people/").status_code == 200
    with at("2024-04-01 09:00"):
        client.post("/sign-out/")
        enter(client, "system_admin")
        assert client.get("/people/", follow=True).content.decode().count("密码已使用超过 90 天，请更换") == 1


def test_changing_the_password_ends_other_sessions(town, client):
    enter(other := Client(), "system_admin")
    enter(client, "system_admin")
    client.post("/account/password/", {"old": PASSWORD, "password": "Qingfeng-88", "again": "Qingfeng-88"})
    assert client.get("/people/").status_code == 200
    assert other.get("/people/").status_code == 302
    assert Trace.objects.last().words == "system_admin 更改了自己的密码"


@pytest.mark.parametrize(("password", "words"), [
    ("Ab1-x", "只有 5 个字符，至少 10 个"),
    ("abcdefghij1", "只有 2 种字符，大写字母、小写字母、数字、符号中至少三种"),
    ("My-handler-1", "不得含登录名"),
    ("承办人ABCdef12", "不得含姓名"),
    (PASSWORD, "不得与现在的密码相同"),
    ("Ab1-" * 33, "最多 128 个字符"),
])  # fmt: skip
def test_a_weak_password_is_refused_with_what_is_wrong(town, password, words):
    with pytest.raises(Incomplete) as refused:
        check_new_password(town.people[Role.HANDLER], password)
    assert refused.value.faults["password"].startswith("新密码不符合要求：")
    assert words in refused.value.faults["password"]


def test_a_common_password_is_refused_whatever_its_letters(town, settings):
    settings.SIGN_IN = {**settings.SIGN_IN, "password_length": 8}
    with pytest.raises(Incomplete, match="是常见密码，容易被猜中"):
        check_new_password(town.people[Role.HANDLER], "Password1")


def test_a_password_form_keeps_the_old_password_and_says_why(town, client):
    enter(client, "handler")
    page = client.post("/account/password/", {"old": "x", "password": "Qingfeng-88", "again": "Qingfeng-88"})
    assert "现在的密码不对" in page.content.decode()
    page = client.post("/account/password/", {"old": PASSWORD, "password": "Qingfeng-88", "again": "Qingfeng-99"})
    assert "两次输入的新密码不一样" in page.content.decode()
    assert Person.objects.get(login="handler").check_password(PASSWORD)


def test_one_time_passwords_meet_the_policy(town):
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_new_password(town.people[Role.HANDLER], password)


# --- the second factor ---


def enrol(client: Client) -> pyotp.TOTP:
    page = client.get("/account/second-factor/").content.decode()
    secret = page.split('class="secret mono">')[1].split("<")[0].replace(" ", "")
    maker = pyotp.TOTP(secret)
    client.post("/account/second-factor/", {"code": maker.at(now())})
    return maker


def test_the_second_factor_is_enrolled_asked_for_and_given_up(town, client, at):
    with at("2024-03-01 09:00"):
        enter(client, "handler")
        maker = enrol(client)
        client.post("/sign-out/")
        assert enter(client, "handler", next="/account/").headers["Location"] == "/sign-in/code/"
        assert not signed_in(client) and client.get("/account/").status_code == 302
    with at("2024-03-01 09:01"):
        assert client.post("/sign-in/code/", {"code": maker.at(now())}).headers["Location"] == "/account/"
        assert signed_in(client)
        wrong = client.post("/account/second-factor/off/", {"password": "x"}).content.decode()
        assert "密码不对，第二验证仍在使用" in wrong
        client.post("/account/second-factor/off/", {"password": PASSWORD})
    assert not Person.objects.get(login="handler").totp_sealed
    assert [kind for kind in kinds() if kind == "totp"] == ["totp", "totp"]


def test_a_code_is_good_once(town, client, at):
    with at("2024-03-01 09:00"):
        enter(client, "handler")
        maker = enrol(client)
        client.post("/sign-out/")
        enter(client, "handler")
        page = client.post("/sign-in/code/", {"code": maker.at(now())})  # it was used for enrolling
        assert "验证码不对。连续输错 5 次将锁定 15 分钟" in page.content.decode()
        assert not signed_in(client)


def test_wrong_codes_lock_the_account(town, client, at):
    with at("2024-03-01 09:00"):
        enter(client, "handler")
        enrol(client)
        client.post("/sign-out/")
        enter(client, "handler")
        pages = [client.post("/sign-in/code/", {"code": "000000"}).content.decode() for _ in range(4)]
        assert LOCKED in pages[-1]
        assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/"
        assert LOCKED in enter(client, "handler").content.decode()


def test_the_second_step_waits_five_minutes(town, client, at):
    with at("2024-03-01 09:00"):
        enter(client, "handler")
        maker = enrol(client)
        client.post("/sign-out/")
        enter(client, "handler")
    with at("2024-03-01 09:06"):
        assert client.post("/sign-in/code/", {"code": maker.at(now())}).headers["Location"] == "/sign-in/"


def test_a_mistyped_code_enrols_nothing(town, client):
    enter(client, "handler")
    client.get("/account/second-factor/")
    page = client.post("/account/second-factor/", {"code": "12"}).content.decode()
    assert "验证码不对；请核对手机时间是否准确" in page
    assert not Person.objects.get(login="handler").totp_sealed


def test_the_secret_is_sealed_in_the_session_too(town, client):
    enter(client, "handler")
    page = client.get("/account/second-factor/").content.decode()
    secret = page.split('class="secret mono">')[1].split("<")[0].replace(" ", "")
    assert secret not in json.dumps(dict(client.session))


@pytest.mark.parametrize(("setting", "login", "held"), [
    (0, "system_admin", False), (1, "system_admin", True), (1, "administrator", True), (1, "handler", False),
    (2, "handler", True),
])  # fmt: skip
def test_a_district_may_ask_for_the_second_factor(town, client, settings, setting, login, held):
    settings.SIGN_IN = {**settings.SIGN_IN, "second_factor": setting}
    enter(client, login)
    answer = client.get("/account/")
    assert (answer.status_code == 302) is held
    if held:
        assert "本区要求您的账号使用第二验证" in client.get(answer.headers["Location"]).content.decode()
        enrol(client)
        assert client.get("/account/").status_code == 200


# --- single sign-on ---


@dataclass
class FakeProvider:
    """An OpenID Connect provider on this machine that answers as it is told to."""

    subject: str = "city-0001"
    claims: dict[str, object] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    signing: RSAKey | None = None
    issuer: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    exchanged: list[dict[str, str]] = field(default_factory=list)

    def stated(self) -> dict[str, object]:
        return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks"}  # fmt: skip

    def token(self, form: dict[str, str]) -> dict[str, object]:
        self.exchanged.append(form)
        moment = int(now().timestamp())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": "fadu", "iat": moment, "exp": moment + 300,
                  "nonce": self.asked["nonce"]} | self.claims  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.signing or self.key)
        return {"id_token": signed, "token_type": "Bearer", "access_token": "x"}


@pytest.fixture
def provider(settings, monkeypatch) -> Iterator[FakeProvider]:
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def _say(self, found: dict[str, object]) -> None:
            data = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._say(fake.stated() if "well-known" in self.path else {"keys": [fake.key.as_dict(private=False)]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(fake.token({name: values[0] for name, values in parse_qs(body).items()}))

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("TEST_OIDC_SECRET", "s3cret")
    oidc = {"issuer": fake.issuer, "client_id": "fadu", "client_secret_env": "TEST_OIDC_SECRET"}
    settings.DISTRICT = replace(settings.DISTRICT, oidc=oidc)
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


def leave(client: Client, fake: FakeProvider, next_page: str = "") -> dict[str, str]:
    address = client.get("/sign-in/sso/", {"next": next_page} if next_page else {}).headers["Location"]
    assert address.startswith(f"{fake.issuer}/authorize?")
    fake.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return fake.asked


def come_back(client: Client, **answer: str):
    return client.get(f"/sign-in/sso/back/?{urlencode(answer)}")


def test_the_single_sign_on_lets_in_whose_subject_is_known(town, client, provider):
    Person.objects.filter(login="handler").update(subject="city-0001")
    assert "统一身份认证登录" in client.get("/sign-in/").content.decode()
    asked = leave(client, provider, "/account/")
    answer = come_back(client, state=asked["state"], code="abc")
    assert answer.headers["Location"] == "/account/" and signed_in(client)
    assert Trace.objects.last().words == "承办人（handler）登录，方式：统一身份认证"
    sent = provider.exchanged[0]
    assert (sent["code"], sent["client_secret"]) == ("abc", "s3cret")
    assert create_s256_code_challenge(sent["code_verifier"]) == asked["code_challenge"]
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].endswith("/sign-in/sso/back/")
    assert "不是从本系统的登录页开始的" in come_back(Client(), state=asked["state"], code="abc").content.decode()


def test_an_unknown_subject_is_told_whom_to_ask(town, client, provider):
    asked = leave(client, provider)
    page = come_back(client, state=asked["state"], code="abc").content.decode()
    assert "标识“city-0001”没有对应本系统的可用账号；请联系系统管理员" in page
    assert not signed_in(client) and kinds() == ["refused"]


@pytest.mark.parametrize(("claims", "words"), [
    ({"nonce": "other"}, "nonce"), ({"aud": "another"}, "aud"), ({"exp": 1}, "expired"), ({"iss": "another"}, "iss"),
])  # fmt: skip
def test_a_token_that_does_not_answer_this_question_is_not_trusted(town, client, provider, claims, words):
    Person.objects.filter(login="handler").update(subject="city-0001")
    provider.claims = claims
    asked = leave(client, provider)
    page = come_back(client, state=asked["state"], code="abc").content.decode()
    assert "统一身份认证的身份令牌不可信" in page and words in page
    assert not signed_in(client)


def test_a_token_signed_by_another_key_is_not_trusted(town, client, provider):
    Person.objects.filter(login="handler").update(subject="city-0001")
    provider.signing = RSAKey.generate_key(2048, {"kid": "k1"})
    asked = leave(client, provider)
    assert "身份令牌不可信" in come_back(client, state=asked["state"], code="abc").content.decode()
    assert not signed_in(client)


def test_another_state_is_refused_and_a_journey_is_made_once(town, client, provider):
    asked = leave(client, provider)
    assert "返回的 state 与发出的不一致" in come_back(client, state="forged", code="abc").content.decode()
    assert "请重新登录" in come_back(client, state=asked["state"], code="abc").content.decode()
    assert not provider.exchanged


def test_what_the_provider_refuses_is_said(town, client, provider):
    asked = leave(client, provider)
    page = come_back(client, state=asked["state"], error="access_denied").content.decode()
    assert "统一身份认证没有放行：access_denied" in page


def test_a_provider_that_is_down_or_badly_set_is_said(town, client, settings, monkeypatch):
    def failing(**oidc: str) -> str:
        settings.DISTRICT = replace(settings.DISTRICT, oidc=oidc)
        return client.get("/sign-in/sso/").content.decode()

    assert "没有正常回答" in failing(issuer="http://127.0.0.1:9", client_id="fadu")
    assert "不是 https，不能使用" in failing(issuer="http://example.org", client_id="fadu")
    assert "缺少 client_id" in failing(issuer="https://example.org")
    words = failing(issuer="https://example.org", client_id="fadu", client_secret_env="NO_SUCH_VARIABLE")  # noqa: S106
    assert "环境变量 NO_SUCH_VARIABLE 没有值" in words
