"""The file of a backup: what was put in comes out, and a single touched byte is found."""

import io
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backup import sealing
from bot.backup.sealing import Sealer, head_of, unsealed
from bot.errors import BadRequest, UnavailableError
from bot.records.cipher import KEY_BYTES, Cipher
from tests.support.properties import thoroughly

CIPHER = Cipher(b"k" * KEY_BYTES)
#: Small chunks, so that small files have several.
SMALL = 16


def sealed(data: bytes, cipher: Cipher = CIPHER) -> bytes:
    file = io.BytesIO()
    with patch.object(sealing, "CHUNK", SMALL):
        sealer = Sealer(file, cipher, "sqlite")
        sealer.write(data)
        sealer.close()
    return file.getvalue()


def plain(kept: bytes, cipher: Cipher = CIPHER) -> bytes:
    file = io.BytesIO(kept)
    with patch.object(sealing, "CHUNK", SMALL):
        return b"".join(unsealed(file, head_of(file), cipher))


WHOLE = sealed(b"wang min 13812345678 and forty more bytes of record")


@given(st.binary(max_size=100))
def test_what_was_put_in_comes_out(data: bytes) -> None:
    assert plain(sealed(data)) == data


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@thoroughly
def test_one_flipped_byte_anywhere_is_found(place: int, flip: int) -> None:
    touched = bytearray(WHOLE)
    touched[place] ^= flip
    with pytest.raises((BadRequest, UnavailableError)):
        plain(bytes(touched))


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_file_cut_anywhere_is_found(length: int) -> None:
    with pytest.raises((BadRequest, UnavailableError)):
        plain(WHOLE[:length])


def test_something_added_is_found() -> None:
    with pytest.raises(BadRequest):
        plain(WHOLE + b"\0")


def chunks() -> tuple[bytes, list[bytes]]:
    """The head, and the chunks with their lengths."""
    start = WHOLE.index(b"\n", len(sealing.FIRST_LINE)) + 1
    found, rest = [], WHOLE[start:]
    while rest:
        size = 4 + int.from_bytes(rest[:4])
        found.append(rest[:size])
        rest = rest[size:]
    return WHOLE[:start], found


def test_chunks_left_out_or_in_another_order_are_found() -> None:
    head, parts = chunks()
    assert len(parts) == 4
    for wrong in (parts[1:], parts[:-1], [parts[1], parts[0], *parts[2:]], [parts[0], *parts[2:]], []):
        with pytest.raises(BadRequest):
            plain(head + b"".join(wrong))


def test_nothing_of_the_record_can_be_read_in_the_file() -> None:
    assert b"1381" not in WHOLE
    assert b"wang" not in WHOLE


def test_two_files_of_the_same_record_have_nothing_in_common_but_their_first_line() -> None:
    one, other = (sealed(b"the same")[-24:] for _ in range(2))
    assert one != other


def test_an_old_key_still_opens_and_a_missing_one_is_named() -> None:
    assert plain(WHOLE, Cipher(b"n" * KEY_BYTES, b"k" * KEY_BYTES)).startswith(b"wang")
    with pytest.raises(UnavailableError) as missing:
        plain(WHOLE, Cipher(b"n" * KEY_BYTES))
    assert (missing.value.reason, missing.value.details["key"]) == ("key_missing", CIPHER.current.hex())
