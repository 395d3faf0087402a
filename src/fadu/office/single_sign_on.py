"""统一身份认证: the city's OpenID Connect provider, by the authorization code flow with state, nonce and PKCE (S256).

``oidc`` of ``district.toml`` names ``issuer``, ``client_id`` and ``client_secret_env`` (the environment variable that
holds the secret; left out for a public client). Everything else the provider states itself (discovery).
"""

from __future__ import annotations

import json
import os
import secrets
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from fadu.acts.errors import ActRefused
from fadu.clock import now
from fadu.district import District

SECONDS = 10
LARGEST = 1 << 20
LEEWAY = 60
"""Seconds by which the provider's clock may be off."""

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri", "issuer")


class SignOnFailed(ActRefused):
    """The provider could not be asked, or its answer is not to be trusted."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What one sign-in remembers between leaving for the provider and coming back; kept in the session."""

    state: str
    nonce: str
    verifier: str
    back: str

    @classmethod
    def begun(cls, back: str) -> Journey:
        """A new one, that comes back to the address ``back``."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), back)


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider a district trusts."""

    issuer: str
    client: str
    secret: str

    @classmethod
    def of(cls, district: District) -> Provider:
        """As the district settled it. Raises ``SignOnFailed`` where a setting or the secret is missing."""
        settled = district.oidc or {}
        missing = [name for name in ("issuer", "client_id") if not settled.get(name)]
        if missing:
            raise SignOnFailed(f"统一身份认证没有设置完整：district.toml 的 oidc 缺少 {'、'.join(missing)}")
        variable = settled.get("client_secret_env", "")
        if variable and not os.environ.get(variable):
            raise SignOnFailed(f"环境变量 {variable} 没有值；它应是统一身份认证发给本系统的密钥（client secret）")
        secret = os.environ[variable] if variable else ""
        return cls(settled["issuer"].rstrip("/"), settled["client_id"], secret)

    def address(self, journey: Journey) -> str:
        """Where the browser is sent."""
        asked = {
            "response_type": "code", "client_id": self.client, "redirect_uri": journey.back, "scope": "openid",
            "state": journey.state, "nonce": journey.nonce, "code_challenge_method": "S256",
            "code_challenge": create_s256_code_challenge(journey.verifier),
        }  # fmt: skip
        return f"{self._stated()['authorization_endpoint']}?{urlencode(asked)}"

    def subject(self, journey: Journey, answer: dict[str, str]) -> str:
        """Who came back (``sub``). Raises ``SignOnFailed`` where the answer is not one to this very question."""
        if not secrets.compare_digest(answer.get("state", ""), journey.state):
            raise SignOnFailed("统一身份认证返回的 state 与发出的不一致，可能是过期的链接；请重新登录")
        if "code" not in answer:
            raise SignOnFailed(f"统一身份认证没有放行：{answer.get('error', '没有说明原因')[:80]}")
        stated = self._stated()
        token = self._token(stated, journey, answer["code"])
        return self._checked(stated, journey, token)

    def _stated(self) -> dict[str, Any]:
        stated = _fetched(f"{self.issuer}/.well-known/openid-configuration")
        missing = [name for name in NEEDED if not isinstance(stated.get(name), str)]
        if missing:
            raise SignOnFailed(f"统一身份认证 {self.issuer} 的说明里缺少 {'、'.join(missing)}")
        if stated["issuer"].rstrip("/") != self.issuer:
            raise SignOnFailed(f"统一身份认证自称 {stated['issuer']}，与设置的 {self.issuer} 不一致")
        return stated

    def _token(self, stated: dict[str, Any], journey: Journey, code: str) -> str:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": journey.back,
            "client_id": self.client, "code_verifier": journey.verifier,
        } | ({"client_secret": self.secret} if self.secret else {})  # fmt: skip
        token = _fetched(stated["token_endpoint"], urlencode(form).encode()).get("id_token")
        if not isinstance(token, str):
            raise SignOnFailed("统一身份认证没有给出身份令牌（id_token）")
        return token

    def _checked(self, stated: dict[str, Any], journey: Journey, token: str) -> str:
        keys = _fetched(stated["jwks_uri"])
        try:
            read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            wanted = {"iss": {"value": stated["issuer"]}, "aud": {"value": self.client}}
            claims = CodeIDToken(read.claims, read.header, wanted, {"nonce": journey.nonce, "client_id": self.client})
            claims.validate(now=int(now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise SignOnFailed(f"统一身份认证的身份令牌不可信：{error}") from None
        return str(claims["sub"])


def _fetched(address: str, form: bytes | None = None) -> dict[str, Any]:
    """The JSON object at an address of the provider. Raises ``SignOnFailed``."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SignOnFailed(f"统一身份认证的地址 {address[:80]} 不是 https，不能使用")
    asked = urllib.request.Request(address, data=form, headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as response:  # noqa: S310 - the scheme is checked above
            found = json.loads(response.read(LARGEST))
    except (OSError, ValueError) as error:
        raise SignOnFailed(f"统一身份认证 {parts.hostname} 没有正常回答：{error}；请稍后再试，或者用密码登录") from None
    if not isinstance(found, dict):
        raise SignOnFailed(f"统一身份认证 {parts.hostname} 的回答不是 JSON 对象")
    return found
