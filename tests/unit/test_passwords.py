"""Staff passwords and codes: what is taken, how it is kept, that a code counts once."""

import time
from itertools import pairwise

import pyotp
import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from bot.errors import BadRequest
from bot.staff import passwords
from bot.staff.passwords import MAX_CHARACTERS, MIN_CHARACTERS, STEP_S, check_new, step_of

GOOD = "correct horse battery"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON_S = 1_795_406_400.0


def code(step_offset: int = 0) -> str:
    return pyotp.TOTP(SEED).at(int(NOON_S) + step_offset * STEP_S)


def refused(password: str, user: str = "wang") -> str:
    with pytest.raises(BadRequest) as problem:
        check_new(password, user)
    assert problem.value.field == "password"
    return problem.value.reason


@pytest.mark.parametrize("length", [MIN_CHARACTERS, 64, MAX_CHARACTERS])
def test_long_passwords_are_taken(length: int) -> None:
    assert check_new(("xkq " * 40)[:length], "wang")


@pytest.mark.parametrize("length", [0, MIN_CHARACTERS - 1, MAX_CHARACTERS + 1, 10_000])
def test_too_short_and_too_long_are_refused(length: int) -> None:
    assert refused("x" * length) == "password_length"


@pytest.mark.parametrize(
    "password",
    ["Password-2026-x", "my-qwerty-keyboard", "x123456x-long", "QiAnTai-forever",
     "青禾银行一二三四五六七八", "wang-is-my-name", "WANG is my name"],
)
def test_common_words_and_our_own_names_are_refused(password: str) -> None:
    assert refused(password) == "password_common"


def test_a_full_width_spelling_hides_no_common_word() -> None:
    assert refused("ｐａｓｓｗｏｒｄ-２０２６") == "password_common"


def test_made_passwords_are_long_and_never_the_same() -> None:
    made = {passwords.new_password() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 15


async def test_the_hash_is_argon2id_of_the_agreed_strength() -> None:
    used = extract_parameters(await passwords.hash_of(GOOD))
    assert used.type is Type.ID
    assert (used.memory_cost, used.time_cost, used.parallelism) == (19456, 2, 1)
    assert used.salt_len >= 16


async def test_only_the_same_password_matches() -> None:
    kept = await passwords.hash_of(GOOD)
    assert await passwords.matches(kept, GOOD)
    assert not await passwords.matches(kept, GOOD + " ")
    assert not await passwords.matches(kept, "")


async def test_two_hashes_of_one_password_differ() -> None:
    assert await passwords.hash_of(GOOD) != await passwords.hash_of(GOOD)


async def test_a_password_in_another_unicode_form_matches() -> None:
    kept = await passwords.hash_of(check_new("Crème-brûlée-１２３", "wang"))
    assert await passwords.matches(kept, "Cre\u0300me-bru\u0302le\u0301e-123")


async def test_a_huge_password_is_wrong_without_being_hashed() -> None:
    kept = await passwords.hash_of("x" * MAX_CHARACTERS)
    assert not await passwords.matches(kept, "x" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$v=19$broken"])
async def test_a_broken_hash_matches_nothing(kept: str) -> None:
    assert not await passwords.matches(kept, GOOD)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_code_of_now_or_one_step_away_counts(offset: int) -> None:
    assert step_of(SEED, code(offset), NOON_S, 0) == int(NOON_S) // STEP_S + offset


@pytest.mark.parametrize("offset", [-2, 2, 10])
def test_a_code_further_away_does_not(offset: int) -> None:
    assert step_of(SEED, code(offset), NOON_S, 0) is None


def test_a_code_counts_once() -> None:
    used = step_of(SEED, code(), NOON_S, 0)
    assert used is not None
    assert step_of(SEED, code(), NOON_S, used) is None
    assert step_of(SEED, code(-1), NOON_S, used) is None
    assert step_of(SEED, code(1), NOON_S, used) == used + 1


def test_a_code_typed_full_width_counts() -> None:
    typed = code().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert step_of(SEED, typed, NOON_S, 0) is not None


@pytest.mark.parametrize("typed", ["", "000000", "12345", "1234567", "abcdef", "验证码", "\ud800"])
def test_anything_else_is_no_code(typed: str) -> None:
    assert step_of(SEED, typed, NOON_S, 0) is None


def test_each_seed_is_new() -> None:
    seeds = sorted(passwords.new_seed() for _ in range(20))
    assert all(one != other for one, other in pairwise(seeds))
    assert all(len(seed) >= 32 for seed in seeds)


def test_a_code_works_with_the_time_of_the_machine() -> None:
    seed = passwords.new_seed()
    assert step_of(seed, pyotp.TOTP(seed).now(), time.time(), 0) is not None
