"""Customer tokens: only the bank app's own signature, fresh and for us, says who somebody is."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from bot.clock import FakeClock
from bot.database import Database
from bot.errors import Forbidden, SettingsError
from bot.identity.tokens import CustomerTokens, customer_keys, development_token
from bot.settings import Settings

RSA = generate_private_key(65537, 2048)
ED = Ed25519PrivateKey.generate()
NOW = int(datetime(2026, 11, 23, 4, 0, tzinfo=UTC).timestamp())


def pem(key: Any) -> str:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def token(key: Any = ED, algorithm: str = "EdDSA", less: str = "", **more: Any) -> str:
    claims = {"sub": "c-lin", "aud": "qiantai", "iat": NOW, "exp": NOW + 300, **more}
    claims.pop(less, None)
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.fixture
def tokens(clock: FakeClock, sqlite_template: Path) -> CustomerTokens:
    settings = Settings(customer_key=pem(RSA) + pem(ED))
    database = Database(f"sqlite+aiosqlite:///{sqlite_template}")
    return CustomerTokens(database, clock, customer_keys(settings))


async def refused(tokens: CustomerTokens, given: str) -> None:
    with pytest.raises(Forbidden) as problem:
        await tokens.check(given)
    assert problem.value.reason == "bad_customer_token"


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (ED, "EdDSA")])
async def test_a_token_of_either_key_names_its_customer(
    tokens: CustomerTokens, key: Any, algorithm: str
) -> None:
    assert await tokens.check(token(key, algorithm)) == "c-lin"


async def test_another_key_is_refused(tokens: CustomerTokens) -> None:
    await refused(tokens, token(Ed25519PrivateKey.generate()))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
async def test_another_algorithm_of_the_same_key_is_refused(tokens: CustomerTokens, algorithm: str) -> None:
    await refused(tokens, token(RSA, algorithm))


async def test_a_token_without_a_signature_is_refused(tokens: CustomerTokens) -> None:
    await refused(tokens, jwt.encode({"sub": "c-lin", "aud": "qiantai", "iat": NOW, "exp": NOW + 300}, None, "none"))


@pytest.mark.parametrize("key", [RSA, ED])
async def test_the_public_key_is_no_shared_secret(tokens: CustomerTokens, key: Any) -> None:
    import hashlib
    import hmac

    def part(what: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=")

    claims = {"sub": "c-lin", "aud": "qiantai", "iat": NOW, "exp": NOW + 300}
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    sign = hmac.new(pem(key).encode(), signed, hashlib.sha256).digest()
    await refused(tokens, (signed + b"." + base64.urlsafe_b64encode(sign).rstrip(b"=")).decode())


@pytest.mark.parametrize("claim", ["sub", "aud", "iat", "exp"])
async def test_a_missing_claim_is_refused(tokens: CustomerTokens, claim: str) -> None:
    await refused(tokens, token(less=claim))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"}, {"exp": NOW}, {"exp": NOW - 1}, {"iat": NOW - 601, "exp": NOW + 10},
        {"iat": NOW + 31}, {"nbf": NOW + 31}, {"sub": ""}, {"sub": "x" * 65}, {"exp": "later"},
        {"iat": True}, {"sub": 7},
    ],
)
async def test_a_wrong_claim_is_refused(tokens: CustomerTokens, claims: dict[str, Any]) -> None:
    await refused(tokens, token(**claims))


async def test_a_token_lives_no_longer_than_ten_minutes_whatever_it_says(
    tokens: CustomerTokens, clock: FakeClock
) -> None:
    long = token(exp=NOW + 90_000)
    clock.advance(600)
    assert await tokens.check(long) == "c-lin"
    clock.advance(1)
    await refused(tokens, long)


@pytest.mark.parametrize("given", ["", "x", "a.b.c", "ey" * 5000, "\u4e2d.\u6587.\u5b57"])
async def test_what_is_no_token_is_refused(tokens: CustomerTokens, given: str) -> None:
    await refused(tokens, given)


async def test_a_token_with_an_id_serves_once(tokens: CustomerTokens) -> None:
    once = token(jti="one-of-this-test")
    assert await tokens.check(once) == "c-lin"
    await refused(tokens, once)


async def test_without_a_key_nobody_is_signed_in(clock: FakeClock, tmp_path: Path) -> None:
    keys = customer_keys(Settings(env="production", var=tmp_path))
    assert keys == []
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    await refused(CustomerTokens(database, clock, keys), token())


def test_weak_and_other_keys_do_not_start() -> None:
    weak: RSAPrivateKey = generate_private_key(65537, 1024)  # noqa: S505  # that is the point
    private = ED.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for bad in (pem(weak), pem(ec.generate_private_key(ec.SECP256R1())), private, "no key"):
        with pytest.raises(SettingsError, match="QIANTAI_CUSTOMER_KEY"):
            customer_keys(Settings(customer_key=bad))


def test_a_key_on_one_line_is_read_too() -> None:
    assert len(customer_keys(Settings(customer_key=pem(ED).replace("\n", "\\n")))) == 1


async def test_the_development_key_is_made_once_and_signs_tokens_of_its_own(
    clock: FakeClock, tmp_path: Path, sqlite_template: Path
) -> None:
    settings = Settings(var=tmp_path)
    made = development_token(settings, clock, "c-lin")
    assert (tmp_path / "keys" / "customer.pem").stat().st_mode & 0o777 == 0o600
    database = Database(f"sqlite+aiosqlite:///{sqlite_template}")
    assert await CustomerTokens(database, clock, customer_keys(settings)).check(made) == "c-lin"


@pytest.mark.parametrize("more", [{"env": "production"}, {"customer_key": "somebody's"}])
def test_the_sandbox_signs_nothing_where_the_bank_does(
    clock: FakeClock, tmp_path: Path, more: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError):
        development_token(Settings(var=tmp_path, **more), clock, "c-lin")
