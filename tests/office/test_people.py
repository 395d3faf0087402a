"""Units, persons, roles and traces: who may, the words of every refusal, and what is left behind."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO

import pytest
from district import PASSWORD, SINCE
from django.test import Client
from openpyxl import load_workbook
from pyotp import random_base32

from fadu.acts.errors import ActRefused, Incomplete, NotPermitted
from fadu.acts.grant import Giving, grant, reset_second_factor, revoke, unlock
from fadu.acts.persons import (
    PersonGiven,
    change_person,
    create_person,
    disable_person,
    enable_person,
    end_credential,
    end_post,
    hold_credential,
    hold_post,
    reset_password,
    reveal_phone,
)
from fadu.acts.signing import SignInRefused, Try, check_password
from fadu.acts.units import UnitGiven, add_unit, change_unit, close_unit, reopen_unit
from fadu.clock import today
from fadu.store.access import access_of
from fadu.store.models import Case, Credential, Event, Grant, Notification, Person, Post, Role, Secret, Trace, Unit
from fadu.store.verifying import verify_store

pytestmark = pytest.mark.usefixtures("journal")
SEPARATED = [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN]


def system(town):
    return town.actor(Role.SYSTEM_ADMIN)


def security(town):
    return town.actor(Role.SECURITY_ADMIN)


def newcomer(town, login="wu.xin", **given):
    return create_person(system(town), PersonGiven(login, "吴新", town.bureau, **given))[0]


def refused(act, *given) -> dict[str, str]:
    """The words of an act that was refused, and that nothing was recorded."""
    before = Event.objects.count()
    with pytest.raises(Incomplete) as error:
        act(*given)
    assert Event.objects.count() == before
    return error.value.faults


def page(role: Role) -> Client:
    client = Client()
    client.force_login(Person.objects.get(login=role.value))
    return client


# --- roles ---


def test_a_role_is_given_recorded_in_the_ledger_and_traced(town):
    person = newcomer(town)
    grant(security(town), Giving(person, "handler", town.bureau, today(), reason="明人社〔2026〕1号"))
    assert access_of(person, today()).roles == {Role.HANDLER}
    event = Event.objects.order_by("id").last()
    assert (event.act, event.case.number) == ("grant", "journal")
    assert json.loads(event.body)["role"] == "handler"
    trace = Trace.objects.order_by("id").last()
    assert trace.words == (
        f"授予吴新（wu.xin）“承办人”，范围 区司法局，自 {today()} 起；理由：明人社〔2026〕1号"
    )
    assert (trace.kind, trace.person.login) == ("grant", "security_admin")
    assert not any(verdict.total for verdict in verify_store())


@pytest.mark.parametrize("role", SEPARATED)
@pytest.mark.parametrize("held", [Role.HANDLER, *SEPARATED])
def test_the_three_administrators_are_apart_from_each_other_and_from_all_others(town, role, held):
    if role == held:
        return
    person = town.person("zheng", held, town.district, "郑")
    words = refused(grant, security(town), Giving(person, role, town.district, today()))["role"]
    assert words == (
        f"郑现有“{held.label}”（自 {SINCE} 起），不能再授予“{role.label}”："
        "系统管理员、安全管理员、审计管理员互不兼任，也不兼任其他角色；先收回现有角色，或者换一个人"
    )


def test_an_administrator_gets_no_further_role_but_may_follow_on_when_the_first_has_ended(town):
    person = town.person("zheng", Role.AUDIT_ADMIN, town.district, "郑")
    giving = Giving(person, "handler", town.bureau, today())
    assert "不能再授予“承办人”" in refused(grant, security(town), giving)["role"]
    row = person.grants.get()
    row.until = today()
    row.save()
    next_day = date.fromordinal(today().toordinal() + 1)
    grant(security(town), Giving(person, "handler", town.bureau, next_day))
    words = refused(grant, security(town), Giving(person, "system_admin", town.district, today()))["role"]
    assert "不能再授予“系统管理员”" in words


def test_other_roles_go_together(town):
    person = town.person("zheng", Role.HANDLER, town.bureau, "郑")
    grant(security(town), Giving(person, "legal_officer", town.bureau, today()))
    assert access_of(person, today()).roles == {Role.HANDLER, Role.LEGAL_OFFICER}


def test_what_cannot_be_given_is_said_at_its_field(town):
    handler, officer = town.people[Role.HANDLER], security(town)
    day = today()

    def giving(**given):
        return Giving(**{"person": handler, "role": "legal_officer", "unit": town.bureau, "since": day, **given})

    words = refused(grant, officer, giving(role="king"))["role"]
    assert words.startswith("没有“king”这个角色；可用：区司法局管理员、单位法制员")
    own = town.people[Role.SECURITY_ADMIN]
    assert refused(grant, officer, giving(person=own))["person"].startswith("不能给自己授予角色")
    assert "的范围是全区，不能只给 区司法局" in refused(grant, officer, giving(role="administrator"))["unit"]
    assert "角色不会生效" in refused(grant, officer, giving(until=date(2020, 1, 1)))["until"]
    assert "已有“承办人”" in refused(grant, officer, giving(role="handler"))["role"]
    Unit.objects.filter(pk=town.station.pk).update(active=False)
    closed = Unit.objects.get(pk=town.station.pk)
    assert refused(grant, officer, giving(unit=closed))["unit"] == "和平司法所已停用，不能作为授权范围"
    Person.objects.filter(pk=handler.pk).update(is_active=False)
    assert refused(grant, officer, giving())["person"] == "承办人的账号已停用，不能授予角色"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY_ADMIN])
def test_only_the_security_administrator_gives_roles_and_a_try_leaves_a_trace(town, role):
    with pytest.raises(NotPermitted, match="没有权限授予角色、解锁账号：“授予角色、解锁账号”须由安全管理员进行"):
        grant(town.actor(role), Giving(town.people[Role.HANDLER], "leader", town.district, today()))
    assert not Grant.objects.filter(role="leader", person=town.people[Role.HANDLER]).exists()
    assert (Trace.objects.last().kind, Trace.objects.last().person.login) == ("denied", role.value)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
def test_only_the_system_administrator_keeps_persons_and_units(town, role):
    with pytest.raises(NotPermitted, match="“管理单位和人员”须由系统管理员进行"):
        create_person(town.actor(role), PersonGiven("wu.xin", "吴新", town.bureau))
    with pytest.raises(NotPermitted):
        add_unit(town.actor(role), UnitGiven("XX", "某局", "department", town.district))


def test_a_role_is_taken_back_with_a_reason_and_its_past_stays(town):
    row = town.people[Role.HANDLER].grants.get()
    assert refused(revoke, security(town), row, " ")["reason"] == "收回角色须说明理由"
    revoke(security(town), row, "调离")
    assert not access_of(town.people[Role.HANDLER], today()).roles
    assert access_of(town.people[Role.HANDLER], SINCE).roles == {Role.HANDLER}
    assert Trace.objects.last().words == "收回承办人（handler）的“承办人”，范围 区司法局；理由：调离"
    assert "不必收回" in refused(revoke, security(town), row, "再收一次")["reason"]


@pytest.mark.parametrize("role", SEPARATED)
def test_the_last_administrator_of_a_kind_stays(town, role):
    person = town.people[role]
    words = refused(revoke, security(town), person.grants.get(), "换人")["reason"]
    assert words == f"{person.name}是唯一的{role.label}；先授予另一人这个角色，再收回或者停用"
    if role != Role.SYSTEM_ADMIN:
        assert words == refused(disable_person, system(town), person, "调离")["reason"]


def test_the_second_administrator_of_a_kind_may_go(town):
    other = town.person("zheng", Role.AUDIT_ADMIN, town.district, "郑")
    revoke(security(town), other.grants.get(), "轮换")
    assert not access_of(other, today()).roles


def test_an_account_is_unlocked_by_the_security_administrator(town):
    handler = town.people[Role.HANDLER]
    assert "没有锁定，不必解锁" in refused(unlock, security(town), handler, "本人申请")["reason"]
    for _ in range(5):
        with pytest.raises(SignInRefused):
            check_password(Try("handler", "wrong"))
    handler.refresh_from_db()
    assert refused(unlock, security(town), handler, "")["reason"] == "解锁须说明理由（如已当面核实身份）"
    unlock(security(town), handler, "已当面核实")
    assert check_password(Try("handler", PASSWORD)) == handler


def test_a_lost_second_factor_is_reset_by_someone_else(town):
    handler, own = town.people[Role.HANDLER], town.people[Role.SECURITY_ADMIN]
    assert "没有启用第二验证" in refused(reset_second_factor, security(town), handler, "遗失")["reason"]
    for person in (handler, own):
        person.totp_secret = f"{random_base32()} 1"
        person.save()
    assert "须说明理由" in refused(reset_second_factor, security(town), handler, "")["reason"]
    assert "不能重置自己的第二验证" in refused(reset_second_factor, security(town), own, "遗失")["reason"]
    reset_second_factor(security(town), handler, "手机遗失")
    assert not Person.objects.get(pk=handler.pk).totp_sealed


# --- persons ---


def test_a_person_is_created_with_a_one_time_password_and_no_role(town):
    person, password = create_person(system(town), PersonGiven("wu.xin", "吴新", town.bureau, phone="138 0000 0001"))
    assert person.must_change and person.check_password(password)
    assert (person.phone_masked, bytes(person.phone_sealed)[:1]) == ("138****0001", b"\x01")
    assert not access_of(person, today()).roles
    event = Event.objects.order_by("id").last()
    assert "吴新" not in event.body and Secret.objects.filter(event=event, name="name").exists()
    assert password not in Trace.objects.last().words + event.body


@pytest.mark.parametrize(("given", "where", "words"), [
    ({"login": "Wu"}, "login", "登录名“Wu”不可用：小写字母开头"),
    ({"login": "admin"}, "login", "“admin”是常见的默认账号名，容易被猜中"),
    ({"login": "handler"}, "login", "登录名“handler”已被使用，换一个"),
    ({"name": " "}, "name", "姓名没有填写"),
    ({"phone": "call me"}, "phone", "电话“call me”不像电话号码"),
    ({"subject": "city-1"}, "subject", "统一身份标识“city-1”已属于另一账号"),
])  # fmt: skip
def test_what_is_wrong_with_a_new_person_is_said_at_its_field(town, given, where, words):
    Person.objects.filter(login="leader").update(subject="city-1")
    person = PersonGiven(**{"login": "wu.xin", "name": "吴新", "unit": town.bureau, **given})
    assert refused(create_person, system(town), person)[where].startswith(words)


def test_a_person_is_changed_but_never_the_login(town):
    handler = town.people[Role.HANDLER]
    words = refused(change_person, system(town), handler, PersonGiven("other", "孙办", town.street))["login"]
    assert words == "登录名不能改（记录以“handler”指明经办人）"
    change_person(system(town), handler, PersonGiven("handler", "孙办", town.street, title="主任"))
    assert Trace.objects.last().words == "修改人员 handler 的姓名、职务、单位"
    before = Event.objects.count()
    change_person(system(town), handler, PersonGiven("handler", "孙办", town.street, title="主任"))
    assert Event.objects.count() == before  # nothing changed, nothing recorded
    Unit.objects.filter(pk=town.station.pk).update(active=False)
    closed = Unit.objects.get(pk=town.station.pk)
    given = PersonGiven("handler", "孙办", closed)
    assert refused(change_person, system(town), handler, given)["unit"] == "和平司法所已停用，不能安排人员"


def test_an_account_is_disabled_and_enabled_with_reasons(town, at):
    handler = town.people[Role.HANDLER]
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
    Case.objects.filter(pk=case.pk).update(handler=handler)
    assert refused(disable_person, system(town), handler, "")["reason"] == "停用账号须说明理由（如调离、退休）"
    own = town.people[Role.SYSTEM_ADMIN]
    assert refused(disable_person, system(town), own, "调离")["reason"] == "不能停用自己的账号"
    assert disable_person(system(town), handler, "调离") == 1
    assert "已经停用" in refused(disable_person, system(town), handler, "调离")["reason"]
    with pytest.raises(SignInRefused):
        check_password(Try("handler", PASSWORD))
    assert refused(enable_person, system(town), handler, "")["reason"] == "启用账号须说明理由"
    enable_person(system(town), handler, "调回")
    assert "已经启用" in refused(enable_person, system(town), handler, "调回")["reason"]


def test_a_password_is_reset_by_the_system_administrator(town):
    handler = town.people[Role.HANDLER]
    assert "须说明理由" in refused(reset_password, system(town), handler, " ")["reason"]
    own = town.people[Role.SYSTEM_ADMIN]
    assert refused(reset_password, system(town), own, "忘记")["reason"] == "自己的密码在“我的账号”里更改"
    password = reset_password(system(town), handler, "忘记")
    handler.refresh_from_db()
    assert handler.must_change and handler.check_password(password)
    assert not Notification.objects.exists()


def test_the_auditors_are_told_when_an_administrators_password_is_reset(town):
    reset_password(system(town), town.people[Role.SECURITY_ADMIN], "忘记")
    told = Notification.objects.get()
    assert (told.person.login, told.words) == ("audit_admin", "重置安全管理员（security_admin）的密码；理由：忘记")


def test_looking_at_a_telephone_number_is_traced(town):
    person = newcomer(town, phone="13800000001")
    assert reveal_phone(system(town), person) == "13800000001"
    assert (Trace.objects.last().kind, Trace.objects.last().words) == ("reveal", "查看人员 wu.xin 的电话")


def test_posts_and_certificates(town):
    person, actor = town.people[Role.HANDLER], system(town)
    empty = Post(person=person, unit=town.bureau, name=" ", since=SINCE)
    assert refused(hold_post, actor, empty)["name"] == "岗位没有填写"
    wrong = Post(person=person, unit=town.bureau, name="执法A岗", since=SINCE, until=date(2019, 1, 1))
    assert "早于开始日" in refused(hold_post, actor, wrong)["until"]
    post = hold_post(actor, Post(person=person, unit=town.bureau, name="执法A岗", since=SINCE))
    assert "早于开始日" in refused(end_post, actor, post, date(2019, 1, 1))["until"]
    end_post(actor, post, today())
    late = Credential(person=person, kind="行政执法证", number="1", issued=date(2999, 1, 1), expires=date(2020, 1, 1))
    faults = refused(hold_credential, actor, late)
    assert faults == {"issued": "发证日期 2999-01-01 还没有到", "expires": "有效期早于发证日期"}
    kept = hold_credential(actor, Credential(person=person, kind="行政执法证", number="A1", issued=SINCE))
    again = Credential(person=person, kind="行政执法证", number="A1", issued=SINCE)
    assert refused(hold_credential, actor, again)["number"] == "行政执法证 A1 已经登记过"
    empty = Credential(person=person, kind="", number="", issued=SINCE)
    assert refused(hold_credential, actor, empty) == {"kind": "证件没有填写", "number": "证号没有填写"}
    assert "早于发证日期" in refused(end_credential, actor, kept, date(2019, 1, 1))["expires"]
    end_credential(actor, kept, today())
    assert Trace.objects.last().words == f"承办人（handler）：证件 行政执法证 A1 有效至 {today()}"


# --- units ---


def test_units_are_added_renamed_moved_and_closed(town):
    actor = system(town)
    unit = add_unit(actor, UnitGiven("CGJ", "区城管局", "department", town.district, "明城"))
    post = add_unit(actor, UnitGiven("CG1", "一中队", "station", unit))
    assert post.path == "MC.CGJ.CG1."
    change_unit(actor, post, UnitGiven("CG1", "和平中队", "station", town.street))
    assert Unit.objects.get(code="CG1").path == "MC.HP.CG1."
    close_unit(actor, unit, "机构改革")
    assert Trace.objects.last().words == "停用单位 区城管局（CGJ）"
    reopen_unit(actor, unit)
    assert Unit.objects.get(code="CGJ").active
    assert list(Event.objects.filter(act="unit").values_list("seq", flat=True)) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(("given", "where", "words"), [
    ({"code": "a.b"}, "code", "代码“a.b”不可用：大写字母或数字开头"),
    ({"code": "SFJ"}, "code", "代码“SFJ”已被使用，换一个"),
    ({"name": ""}, "name", "名称没有填写"),
    ({"kind": "district"}, "kind", "类别须是部门、镇街、站所、村居之一"),
    ({"kind": "village"}, "parent", "村居的上级须是镇街；明川区是区"),
])  # fmt: skip
def test_what_is_wrong_with_a_unit_is_said_at_its_field(town, given, where, words):
    unit = UnitGiven(**{"code": "CGJ", "name": "区城管局", "kind": "department", "parent": town.district, **given})
    assert refused(add_unit, system(town), unit)[where].startswith(words)


def test_what_a_unit_must_not_become(town):
    actor, street = system(town), town.street
    assert "代码不能改" in refused(change_unit, actor, street, UnitGiven("X", "和平", "town", town.district))["code"]
    own = UnitGiven("MC", "明川", "department", town.district)
    assert "区本级的名称在建区时确定" in refused(change_unit, actor, town.district, own)["parent"]
    inner = add_unit(actor, UnitGiven("HP2", "和平二所", "station", street))
    below = UnitGiven("HP", "和平街道", "station", inner)
    assert refused(change_unit, actor, street, below)["parent"] == "站所的上级须是部门、镇街；和平二所是站所"
    ring = UnitGiven("HP", "和平街道", "station", street)
    assert refused(change_unit, actor, street, ring)["parent"] == "和平街道在和平街道之下，不能成为它的上级"
    assert refused(close_unit, actor, street, "")["reason"] == "停用单位须说明理由（如机构改革文件）"
    assert refused(close_unit, actor, town.district, "合并")["reason"] == "区本级不能停用"
    left = "和平街道还有 2 个下属单位、 1 个在用人员，先移交或者停用"
    assert refused(close_unit, actor, street, "合并")["reason"] == left
    close_unit(actor, inner, "合并")
    Unit.objects.filter(pk=street.pk).update(active=False)
    inner = Unit.objects.select_related("parent").get(pk=inner.pk)
    assert refused(reopen_unit, actor, inner)["reason"] == "上级 和平街道已停用，先启用上级"
    closed = Unit.objects.get(pk=street.pk)
    assert refused(add_unit, actor, UnitGiven("HP3", "三所", "station", closed))["parent"] == "上级 和平街道已停用"


# --- pages ---


def test_the_pages_walk_from_a_new_person_to_a_role_and_its_trace(town):
    client = page(Role.SYSTEM_ADMIN)
    form = {"login": "wu.xin", "name": "吴新", "unit": town.bureau.pk, "title": "科员", "phone": "13800000001"}
    made = client.post("/people/new/", form).content.decode()
    password = made.split('class="secret mono">')[1].split("<")[0]
    assert check_password(Try("wu.xin", password)).name == "吴新"
    key = Person.objects.get(login="wu.xin").pk
    assert "13800000001" not in client.get(f"/people/{key}/").content.decode()
    assert "13800000001" in client.post(f"/people/{key}/do/reveal/").content.decode()
    assert "没有权限" in client.post(f"/people/{key}/do/unlock/", {"reason": "x"}).content.decode()
    client = page(Role.SECURITY_ADMIN)
    form = {"role": "handler", "unit": town.bureau.pk, "since": "2024-01-01", "until": "", "reason": ""}
    answer = client.post(f"/people/{key}/do/grant/", form, follow=True).content.decode()
    assert "已授予吴新“承办人”，范围 区司法局" in answer
    refusal = client.post(f"/people/{key}/do/grant/", {**form, "role": "audit_admin"})
    assert refusal.status_code == 422
    assert "吴新现有“承办人”（自 2024-01-01 起），不能再授予“审计管理员”" in refusal.content.decode()
    row = Grant.objects.get(person=key)
    assert "收回角色须说明理由" in client.post(f"/people/{key}/do/revoke/", {"grant": row.pk}).content.decode()
    assert client.post(f"/people/{key}/do/nonsense/").status_code == 404
    log = page(Role.AUDIT_ADMIN).get("/traces/", {"words": "wu.xin", "kind": "grant"}).content.decode()
    assert "授予吴新（wu.xin）“承办人”" in log and "新增人员" not in log


def test_a_refused_form_keeps_what_was_typed(town):
    client = page(Role.SYSTEM_ADMIN)
    form = {"login": "admin", "name": "<b>吴</b>", "unit": town.bureau.pk, "phone": "x"}
    found = client.post("/people/new/", form).content.decode()
    assert "“admin”是常见的默认账号名" in found
    assert 'value="&lt;b&gt;吴&lt;/b&gt;"' in found and 'value="admin"' in found


def test_units_are_kept_on_their_pages(town):
    client = page(Role.SYSTEM_ADMIN)
    form = {"code": "CGJ", "name": "区城管局", "short": "明城", "kind": "department", "parent": town.district.pk}
    client.post("/people/units/new/", form)
    unit = Unit.objects.get(code="CGJ")
    client.post(f"/people/units/{unit.pk}/", {**form, "name": "区综合执法局"})
    assert "区综合执法局" in client.get("/people/", {"unit": unit.pk}).content.decode()
    refusal = client.post(f"/people/units/{unit.pk}/", {"switch": "1", "reason": ""}).content.decode()
    assert "停用单位须说明理由（如机构改革文件）" in refusal
    client.post(f"/people/units/{unit.pk}/", {"switch": "1", "reason": "合并"})
    assert not Unit.objects.get(code="CGJ").active
    client.post(f"/people/units/{unit.pk}/", {"switch": "1"})
    assert Unit.objects.get(code="CGJ").active


def test_persons_are_found_by_unit_name_and_role(town):
    client = page(Role.SECURITY_ADMIN)
    everyone = client.get("/people/").content.decode()
    assert everyone.count('class="mono">') == 8
    assert client.get("/people/", {"unit": town.bureau.pk}).content.decode().count('class="mono">') == 2
    assert client.get("/people/", {"q": "hand"}).content.decode().count('class="mono">') == 1
    assert client.get("/people/", {"role": "leader"}).content.decode().count('class="mono">') == 1
    assert "没有符合条件的人员" in client.get("/people/", {"q": "%"}).content.decode()


def test_persons_come_in_pages(town):
    for number in range(60):
        Person.objects.create(login=f"p{number:02}", name=f"人{number}", unit=town.street)
    client = page(Role.SYSTEM_ADMIN)
    first = client.get("/people/", {"unit": town.street.pk}).content.decode()
    assert first.count('class="mono">') == 50
    onward = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(f"/people/{onward}").content.decode().count('class="mono">') == 11


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEGAL_OFFICER, Role.LEADER, Role.EXTERNAL])
def test_others_do_not_see_the_roll_but_their_own_page_and_permissions(town, role):
    client, own, other = page(role), town.people[role].pk, town.people[Role.SYSTEM_ADMIN].pk
    assert "人员名册由系统、安全、审计管理员和区司法局管理员查看" in client.get("/people/").content.decode()
    assert client.get(f"/people/{other}/").status_code == 403
    assert "您可以查看自己的" in client.get(f"/people/{other}/permissions/").content.decode()
    assert client.get(f"/people/{own}/permissions/").status_code == 200
    assert "“查阅审计日志”须由审计管理员进行" in client.get("/traces/").content.decode()
    assert client.get("/traces/export/").status_code == 403
    assert client.get("/people/new/").status_code == 403


def test_effective_permissions_say_which_verbs_where_and_why(town):
    key = town.people[Role.HANDLER].pk
    found = page(Role.SECURITY_ADMIN).get(f"/people/{key}/permissions/").content.decode()
    assert "区司法局及下属，限本人承办或者尚无承办人的办件" in found
    assert f"承办人（自 {SINCE}，建区时设定）" in found
    assert "“分派”须由区司法局管理员、单位法制员进行；承办人现在是：承办人" in found


def test_why_a_person_may_not_do_something_to_a_case(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
    Case.objects.filter(pk=case.pk).update(handler=town.people[Role.LEGAL_OFFICER])

    def why(asking: Role, person: Role, verb: str, number: str = case.number) -> str:
        address = f"/people/{town.people[person].pk}/permissions/"
        found = page(asking).get(address, {"verb": verb, "number": number}).content.decode()
        return found.split('role="status">')[1].split("<")[0]

    assert why(Role.SECURITY_ADMIN, Role.HANDLER, "advance") == (
        f"承办人不可以对 {case.number} 办理环节：“办理环节”由该办件的承办人办理；承办人不是承办人，可请法制员改派"
    )
    assert "可以对" in why(Role.HANDLER, Role.HANDLER, "register")
    assert why(Role.ADMINISTRATOR, Role.EXTERNAL, "advance").startswith(f"外部人员看不到 {case.number}")
    assert why(Role.HANDLER, Role.HANDLER, "advance", "NO-1") == "没有编号为“NO-1”的办件，或者您不能查看它"
    assert "您不能查看它" in why(Role.EXTERNAL, Role.EXTERNAL, "advance")


def test_traces_are_filtered_paged_and_taken_away_and_that_is_traced(town):
    handler = town.people[Role.HANDLER]
    Trace.objects.bulk_create(
        Trace(at=f"2024-01-{day:02}T10:00:00+08:00", kind="sign_in", person=handler, words=f"=第{day}天")
        for day in range(1, 31) for _ in range(2)
    )  # fmt: skip
    client = page(Role.AUDIT_ADMIN)
    first = client.get("/traces/").content.decode()
    assert first.count("登录</span>") == 50
    onward = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(f"/traces/{onward}").content.decode().count("登录</span>") == 10
    chosen = {"since": "2024-01-30", "until": "2024-01-30", "login": "handler"}
    assert client.get("/traces/", chosen).content.decode().count("=第30天") == 2
    assert "没有符合条件的记录" in client.get("/traces/", {"login": "nobody"}).content.decode()
    book = load_workbook(BytesIO(client.get("/traces/export/", chosen).content))
    rows = list(book.worksheets[1].values)
    assert [row[7] for row in rows] == ["内容", "=第30天", "=第30天"]
    assert book.worksheets[1]["H2"].data_type == "s"
    told = Trace.objects.order_by("id").last()
    assert told.kind == "export"
    assert told.words == "导出审计日志 2 条，条件：人员（登录名）：handler，自：2024-01-30，至：2024-01-30"


def test_traces_cannot_be_changed(town):
    row = Trace.objects.create(at="2024-01-01T10:00:00+08:00", kind="sign_in", words="x")
    with pytest.raises(Exception, match="append-only"):
        Trace.objects.filter(pk=row.pk).update(words="y")


def test_a_double_click_records_once(town):
    """The same post twice: the second is told, not recorded again."""
    person = newcomer(town)
    giving = Giving(person, "handler", town.bureau, today())
    grant(security(town), giving)
    with pytest.raises(ActRefused, match="不必重复授予"):
        grant(security(town), giving)
    assert person.grants.count() == 1
