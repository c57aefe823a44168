"""Who the bank's own app says the customer is: a signed token, checked once when a chat begins.

The key decides the algorithm, not the token: RS256 for RSA, EdDSA for Ed25519, nothing else. So
`none` and keys used as shared secrets are no way in.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.clock import Clock
from bot.database import Database
from bot.errors import Forbidden, SettingsError
from bot.identity import store
from bot.records.key_files import write_once
from bot.settings import Settings

AUDIENCE = "qiantai"
#: A token is used at once, when the app opens the chat.
MAX_AGE = timedelta(minutes=10)
#: Clocks of two machines differ.
SKEW = timedelta(seconds=30)
#: The longest customer id we keep.
MAX_ID = 64
SMALLEST_RSA = 2048

Key = RSAPublicKey | Ed25519PublicKey
_END = "-----END PUBLIC KEY-----"


@dataclass
class CustomerTokens:
    """Checks tokens; each is good for one conversation if it has a `jti`."""

    database: Database
    clock: Clock
    keys: list[Key]

    async def check(self, token: str) -> str:
        """The customer's id.

        Raises:
            Forbidden: `bad_customer_token`: not signed by the app, too old, used, or no key is set.
        """
        claims = self._claims(token)
        now = self.clock.now()
        if claims is None or not _is_fresh(claims, now):
            raise Forbidden("bad_customer_token", field="customer_token")
        if token_id := claims.get("jti"):
            used = hashlib.sha256(str(token_id).encode()).hexdigest()
            async with self.database.write() as connection:
                if not await store.use_token(connection, used, now):
                    raise Forbidden("bad_customer_token", field="customer_token")
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any] | None:
        """What a well-signed token for us says; its times are checked by our own clock."""
        options = {"require": ["sub", "exp", "iat", "aud"], "verify_exp": False, "verify_iat": False,
                   "verify_nbf": False}
        for key in self.keys:
            try:
                return dict(
                    jwt.decode(
                        token, key, algorithms=[_algorithm(key)], audience=AUDIENCE,
                        options=options,  # type: ignore[arg-type]  # PyJWT's own dict type
                    )
                )
            except (jwt.InvalidTokenError, ValueError, TypeError):
                continue
        return None


def _is_fresh(claims: dict[str, Any], now: datetime) -> bool:
    """Whether its times and its subject are as they must be."""
    issued, expires, not_before = claims["iat"], claims["exp"], claims.get("nbf", claims["iat"])
    if not all(type(at) in (int, float) for at in (issued, expires, not_before)):
        return False
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_ID:
        return False
    moment, skew = now.timestamp(), SKEW.total_seconds()
    if expires <= moment or issued > moment + skew or not_before > moment + skew:
        return False
    return bool(moment - issued <= MAX_AGE.total_seconds())


def _algorithm(key: Key) -> str:
    return "RS256" if isinstance(key, RSAPublicKey) else "EdDSA"


def customer_keys(settings: Settings) -> list[Key]:
    """The public keys of the setting, one PEM after another; the development key without it.

    Raises:
        SettingsError: what is set is no public key that we take.
    """
    if settings.customer_key:
        blocks = settings.customer_key.replace("\\n", "\n").split(_END)
        return [_public(block + _END) for block in blocks if block.strip()]
    if settings.production:
        return []  # without a key there are no signed customers; everything else goes on
    return [_development_key(settings).public_key()]


def _public(pem: str) -> Key:
    try:
        key = serialization.load_pem_public_key(pem.strip().encode())
    except (ValueError, TypeError):
        raise _no_key() from None
    if isinstance(key, Ed25519PublicKey) or (
        isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_RSA
    ):
        return key
    raise _no_key()


def _no_key() -> SettingsError:
    return SettingsError(
        f"QIANTAI_CUSTOMER_KEY: a public key in PEM is expected, Ed25519 or RSA of {SMALLEST_RSA} bits or more"
    )


def development_token(settings: Settings, clock: Clock, customer_id: str) -> str:
    """A token as the bank's app would sign it, with a key of this machine's own.

    Raises:
        SettingsError: in production, and where another key is set.
    """
    if settings.production or settings.customer_key:
        raise SettingsError("QIANTAI_CUSTOMER_KEY: tokens are made by its owner; the sandbox has none to give")
    now = int(clock.now().timestamp())
    claims = {"sub": customer_id, "aud": AUDIENCE, "iat": now,
              "exp": now + int(MAX_AGE.total_seconds()), "jti": os.urandom(12).hex()}
    return jwt.encode(claims, _development_key(settings), algorithm="EdDSA")


def _development_key(settings: Settings) -> Ed25519PrivateKey:
    """Made once and kept beside the data key."""
    path = settings.var / "keys" / "customer.pem"
    fresh = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_once(path, fresh)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{path}: this is not the key that was made here")
    return key
