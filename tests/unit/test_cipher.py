"""Encryption at rest: what was put in comes out, in its own place, with its own key, or not at all."""

import base64
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import SettingsError, UnavailableError
from bot.records.cipher import KEY_BYTES, Cipher, cipher_of
from bot.settings import Settings

CIPHER = Cipher(b"k" * KEY_BYTES)
SHORT_KEYS = ["short", "c2hvcnQ=", "!" * 44, base64.b64encode(b"x" * 31).decode()]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=100)


def with_key(key: str, **more: object) -> Settings:
    return Settings(data_key=SecretStr(key), **more)  # type: ignore[arg-type]


@given(texts, texts)
def test_what_was_put_in_comes_out(plain: str, about: str) -> None:
    assert CIPHER.decrypt(CIPHER.encrypt(plain, about), about) == plain


def test_the_plain_text_is_not_in_what_is_kept() -> None:
    assert b"13812345678" not in CIPHER.encrypt("13812345678", "R1")


def test_the_same_text_is_kept_differently_each_time() -> None:
    assert CIPHER.encrypt("x", "R1") != CIPHER.encrypt("x", "R1")


def test_a_value_moved_to_another_row_is_unreadable() -> None:
    with pytest.raises(UnavailableError):
        CIPHER.decrypt(CIPHER.encrypt("x", "R1"), "R2")


def test_another_key_reads_nothing() -> None:
    with pytest.raises(UnavailableError):
        Cipher(b"o" * KEY_BYTES).decrypt(CIPHER.encrypt("x", "R1"), "R1")


@given(st.data())
def test_one_changed_byte_is_noticed(data: st.DataObject) -> None:
    kept = bytearray(CIPHER.encrypt("王先生 13812345678", "R1"))
    place = data.draw(st.integers(0, len(kept) - 1))
    kept[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UnavailableError):
        CIPHER.decrypt(bytes(kept), "R1")


@given(st.integers(0, 27))
def test_a_value_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(UnavailableError):
        CIPHER.decrypt(CIPHER.encrypt("", "R1")[:length], "R1")


def test_production_without_a_key_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="QIANTAI_DATA_KEY"):
        cipher_of(Settings(env="production", var=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", SHORT_KEYS)
def test_a_key_of_the_wrong_size_names_its_variable(key: str) -> None:
    with pytest.raises(SettingsError, match="QIANTAI_DATA_KEY"):
        cipher_of(with_key(key))


def test_the_given_key_is_used_on_every_machine() -> None:
    key = base64.b64encode(b"y" * KEY_BYTES).decode()
    kept = cipher_of(with_key(key)).encrypt("x", "R1")
    assert cipher_of(with_key(key, env="production")).decrypt(kept, "R1") == "x"


def test_in_development_one_key_is_made_and_kept_to_its_owner(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    kept = cipher_of(settings).encrypt("x", "R1")
    assert cipher_of(settings).decrypt(kept, "R1") == "x"
    assert (tmp_path / "keys/data.key").stat().st_mode & 0o077 == 0


# ---- changing the key

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES


def first_kind(plain: str, about: str, key: bytes) -> bytes:
    """A value as the first release wrote it: nonce and ciphertext, without a key's name."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, plain.encode(), about.encode())


@given(texts)
def test_the_first_values_stay_readable(plain: str) -> None:
    assert Cipher(OLD).decrypt(first_kind(plain, "R1", OLD), "R1") == plain
    assert Cipher(NEW, OLD).decrypt(first_kind(plain, "R1", OLD), "R1") == plain


def test_a_first_value_that_begins_like_a_later_one_is_still_read() -> None:
    cipher = Cipher(NEW, OLD)
    head = cipher.encrypt("x", "R1")[:7]
    nonce = head + b"12345"
    kept = nonce + AESGCM(OLD).encrypt(nonce, b"plain", b"R1")
    assert cipher.decrypt(kept, "R1") == "plain"


@given(texts)
def test_an_old_key_still_reads_and_the_current_one_writes(plain: str) -> None:
    kept = Cipher(OLD).encrypt(plain, "R1")
    both = Cipher(NEW, OLD)
    assert both.decrypt(kept, "R1") == plain
    assert (both.is_current(kept), both.is_current(both.encrypt(plain, "R1"))) == (False, True)
    assert Cipher(NEW).decrypt(both.encrypt(plain, "R1"), "R1") == plain


def test_a_first_value_is_never_taken_for_a_current_one() -> None:
    assert not Cipher(OLD).is_current(first_kind("x", "R1", OLD))


def test_the_name_of_a_key_tells_nothing_of_it() -> None:
    assert OLD[:4] not in Cipher(OLD).encrypt("x", "R1")


def test_old_keys_come_from_the_settings() -> None:
    old, new = (base64.b64encode(key).decode() for key in (OLD, NEW))
    kept = cipher_of(with_key(old)).encrypt("x", "R1")
    later = with_key(new, old_data_keys=SecretStr(f"{base64.b64encode(b'z' * 32).decode()} {old}"))
    assert cipher_of(later).decrypt(kept, "R1") == "x"


@pytest.mark.parametrize("key", SHORT_KEYS)
def test_an_old_key_of_the_wrong_size_names_its_variable(key: str) -> None:
    with pytest.raises(SettingsError, match="QIANTAI_OLD_DATA_KEYS"):
        cipher_of(with_key("", old_data_keys=SecretStr(key)))


def test_a_key_for_another_use_is_another_key() -> None:
    cipher = Cipher(NEW, OLD)
    keys = {cipher.derived("a"), cipher.derived("b"), Cipher(OLD).derived("a"), NEW, OLD}
    assert len(keys) == 5
    assert cipher.derived("a", Cipher(OLD).current) == Cipher(OLD).derived("a")
    with pytest.raises(UnavailableError):
        Cipher(NEW).derived("a", Cipher(OLD).current)
