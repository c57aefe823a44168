"""Staff passwords and codes: Argon2id and TOTP, with the limits of ASVS and the bank's profile (S07, S08)."""

import asyncio
import secrets
import unicodedata

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import BadRequest

#: m=19456 KiB, t=2, p=1: OWASP's setting for a machine that does other work too.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
#: Hashing is made to be slow: two at a time, so that a flood of logins can not eat the machine.
_AT_ONCE = asyncio.Semaphore(2)

MIN_CHARACTERS = 12
MAX_CHARACTERS = 128
#: Seconds one code is valid for.
STEP_S = 30

_COMMON = ("password", "qwerty", "123456", "111111", "000000", "abc123", "letmein", "admin", "iloveyou")
_OURS = ("qiantai", "qinghe", "青禾", "前台")


def check_new(password: str, user: str) -> str:
    """The password in the form it is hashed in.

    Raises:
        BadRequest: too short, too long, common, or made of the bank's or the user's name.
    """
    normal = unicodedata.normalize("NFKC", password)
    if not MIN_CHARACTERS <= len(normal) <= MAX_CHARACTERS:
        raise BadRequest("password_length", field="password", low=MIN_CHARACTERS, high=MAX_CHARACTERS)
    lowered = normal.lower()
    if any(word in lowered for word in (*_COMMON, *_OURS, user.lower())):
        raise BadRequest("password_common", field="password")
    return normal


def new_password() -> str:
    """Sixteen characters that nobody has to remember for long."""
    return secrets.token_urlsafe(12)


async def hash_of(password: str) -> str:
    """The Argon2id hash to keep."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def matches(kept: str, password: str) -> bool:
    """Whether this is the password; takes as long for a wrong one."""
    if len(password) > MAX_CHARACTERS:
        return False
    normal = unicodedata.normalize("NFKC", password)
    async with _AT_ONCE:
        try:
            return await asyncio.to_thread(_HASHER.verify, kept, normal)
        except (VerificationError, InvalidHashError):
            return False


def new_seed() -> str:
    """A code seed for the authenticator app."""
    return pyotp.random_base32()


def step_of(seed: str, code: str, at_s: float, last_step: int) -> int | None:
    """The step this code belongs to, one step of drift allowed; None when wrong or used before."""
    now = int(at_s) // STEP_S
    totp = pyotp.TOTP(seed)
    given = unicodedata.normalize("NFKC", code).encode("utf-8", "replace")
    for step in (now - 1, now, now + 1):
        if step > last_step and secrets.compare_digest(totp.at(step * STEP_S).encode(), given):
            return step
    return None
