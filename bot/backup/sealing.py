"""The file of a backup: one encrypted stream in chunks, each of which shows whether it was touched.

A line that says what it is, a line of JSON that names the kind, the key and a salt, then chunks of
`length (4 bytes) + AES-GCM`. Each file has a key of its own, made from the data key and the salt; a
chunk's nonce is its number and whether it is the last one, so that none can be moved, left out or cut off.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import BadRequest
from bot.records.cipher import Cipher

FIRST_LINE = b"QIANTAI BACKUP 1\n"
#: Plain bytes in a chunk; what is read of a wrong file before it is refused stays as small.
CHUNK = 1024 * 1024
_TAG = 16
_LENGTH = 4
_SALT_BYTES = 16
#: The longest line of JSON that is looked at.
_LONGEST_HEAD = 1024


@dataclass(frozen=True)
class Head:
    """The readable line: it tells nothing of what is inside."""

    kind: str
    key: str
    salt: str

    def line(self) -> bytes:
        return orjson.dumps(vars(self), option=orjson.OPT_SORT_KEYS) + b"\n"


class Sealer:
    """Writes one file; it is whole only after `close`."""

    def __init__(self, file: BinaryIO, cipher: Cipher, kind: str) -> None:
        self._file = file
        self._head = Head(kind, cipher.current.hex(), secrets.token_hex(_SALT_BYTES))
        self._aead = AESGCM(cipher.derived(f"backup:{self._head.salt}"))
        self._buffer = bytearray()
        self._number = 0
        file.write(FIRST_LINE + self._head.line())

    def write(self, data: bytes) -> None:
        """Add plain bytes."""
        self._buffer += data
        while len(self._buffer) > CHUNK:
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]

    def close(self) -> None:
        """Write what is left, marked as the last."""
        self._seal(bytes(self._buffer), last=True)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._number, last), plain, self._head.line())
        self._file.write(len(sealed).to_bytes(_LENGTH) + sealed)
        self._number += 1


def head_of(file: BinaryIO) -> Head:
    """What the file says of itself; leaves it at the first chunk.

    Raises:
        BadRequest: it is no backup of ours (`backup_damaged`).
    """
    if file.read(len(FIRST_LINE)) != FIRST_LINE:
        raise _damaged()
    line = file.readline(_LONGEST_HEAD)
    try:
        head = Head(**orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError):
        raise _damaged() from None
    if head.line() != line:
        raise _damaged()
    return head


def unsealed(file: BinaryIO, head: Head, cipher: Cipher) -> Iterator[bytes]:
    """The plain bytes, chunk by chunk; nothing of a chunk that was touched.

    Raises:
        BadRequest: a byte was changed, left out or added (`backup_damaged`).
        UnavailableError: the key it was made with is not here (`key_missing`).
    """
    try:
        key = bytes.fromhex(head.key)
    except (TypeError, ValueError):
        raise _damaged() from None
    aead = AESGCM(cipher.derived(f"backup:{head.salt}", key))
    number = 0
    sealed = _chunk(file)
    while sealed is not None:
        following = _chunk(file)
        try:
            yield aead.decrypt(_nonce(number, following is None), sealed, head.line())
        except InvalidTag:
            raise _damaged() from None
        number, sealed = number + 1, following
    if number == 0:
        raise _damaged()


def _chunk(file: BinaryIO) -> bytes | None:
    length = file.read(_LENGTH)
    if not length:
        return None
    size = int.from_bytes(length)
    sealed = file.read(size) if len(length) == _LENGTH and _TAG <= size <= CHUNK + _TAG else b""
    if not sealed or len(sealed) != size:
        raise _damaged()
    return sealed


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _damaged() -> BadRequest:
    return BadRequest("backup_damaged")
