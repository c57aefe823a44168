"""Encrypts what identifies a person (class C2) and the seeds of codes, at rest (R18).

A value says by which key it was made, so that a key can be changed while the product runs: the new
one writes, the old ones still read, `./qiantai records rekey` brings everything over.
"""

import base64
import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SettingsError, UnavailableError
from bot.records.key_files import write_once
from bot.settings import Settings

KEY_BYTES = 32
KEY_ID_BYTES = 4
_NONCE_BYTES = 12
#: Begins a value that names its key; the first values had none and begin with their nonce.
_MARK = b"q1:"


class Cipher:
    """AES-GCM; `about` binds a value to its place, so that it can not be moved to another row."""

    def __init__(self, key: bytes, *old_keys: bytes) -> None:
        self._keys = {key_id(one): one for one in (*old_keys, key)}
        self.current = key_id(key)

    def encrypt(self, plain: str, about: str) -> bytes:
        """Mark, key id, nonce and ciphertext, made with the current key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self.current]).encrypt(nonce, plain.encode(), about.encode())
        return _MARK + self.current + nonce + sealed

    def decrypt(self, kept: bytes, about: str) -> str:
        """The plain text.

        Raises:
            UnavailableError: no key of ours, another place, or a changed byte.
        """
        for key, sealed in self._ways(bytes(kept)):
            try:
                nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
                return AESGCM(key).decrypt(nonce, text, about.encode()).decode()
            except (InvalidTag, ValueError):  # ValueError: too short to be one of ours
                continue
        raise UnavailableError("unreadable")

    def is_current(self, kept: bytes) -> bool:
        """Whether the value was made with the current key."""
        return kept.startswith(_MARK + self.current)

    def derived(self, use: str, of: bytes | None = None) -> bytes:
        """A key for another use, made from the current data key or the one with this id.

        Raises:
            UnavailableError: there is no such key here.
        """
        key = self._keys.get(of or self.current)
        if key is None:
            raise UnavailableError("key_missing", key=(of or b"").hex())
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=use.encode()).derive(key)

    def _ways(self, kept: bytes) -> list[tuple[bytes, bytes]]:
        """(key, what it sealed): by the key it names, else as a first value by any of ours."""
        start = len(_MARK) + KEY_ID_BYTES
        named = self._keys.get(kept[len(_MARK) : start]) if kept.startswith(_MARK) else None
        ways = [(named, kept[start:])] if named else []
        return ways + [(key, kept) for key in self._keys.values()]


def key_id(key: bytes) -> bytes:
    """Names a key and tells nothing of it."""
    return hashlib.sha256(b"qiantai key id" + key).digest()[:KEY_ID_BYTES]


def cipher_of(settings: Settings) -> Cipher:
    """The cipher with the bank's keys; in development a key is made once and kept in the data folder.

    Raises:
        SettingsError: production without a key, or a key of the wrong size.
    """
    old = [_decoded(one, "QIANTAI_OLD_DATA_KEYS") for one in settings.old_data_keys.get_secret_value().split()]
    given = settings.data_key.get_secret_value()
    if given:
        return Cipher(_decoded(given), *old)
    if settings.production:
        raise SettingsError("QIANTAI_DATA_KEY: production needs 32 bytes in base64")
    return Cipher(development_key(settings, "data.key"), *old)


def development_key(settings: Settings, name: str) -> bytes:
    """A key that is made once and kept in the data folder.

    Raises:
        SettingsError: the file holds no key.
    """
    path = settings.var / "keys" / name
    write_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)))
    return _decoded(path.read_text(), name)


def _decoded(text: str, name: str = "QIANTAI_DATA_KEY") -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{name}: 32 bytes in base64 are expected")
    return key
