"""Encrypts what identifies a person (class C2) and the seeds of codes, at rest (R18)."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import SettingsError, UnavailableError
from bot.settings import Settings

KEY_BYTES = 32
_NONCE_BYTES = 12


class Cipher:
    """AES-GCM; `about` binds a value to its place, so that it can not be moved to another row."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, plain: str, about: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain.encode(), about.encode())

    def decrypt(self, kept: bytes, about: str) -> str:
        """The plain text.

        Raises:
            UnavailableError: another key, another place, or a changed byte.
        """
        try:
            plain = self._aead.decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], about.encode())
        except InvalidTag:
            raise UnavailableError("unreadable") from None
        return plain.decode()


def cipher_of(settings: Settings) -> Cipher:
    """The cipher with the bank's key; in development a key is made once and kept in the data folder.

    Raises:
        SettingsError: production without a key, or a key of the wrong size.
    """
    given = settings.data_key.get_secret_value()
    if given:
        return Cipher(_decoded(given))
    if settings.production:
        raise SettingsError("QIANTAI_DATA_KEY: production needs 32 bytes in base64")
    return Cipher(_decoded(_development_key(settings.var / "keys" / "data.key")))


def _development_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = base64.b64encode(secrets.token_bytes(KEY_BYTES))
    try:  # two processes may start at once: one makes the key, the other reads it
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "wb") as file:
        file.write(fresh)
    return fresh.decode()


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError("QIANTAI_DATA_KEY: 32 bytes in base64 are expected")
    return key
