"""Which pages may call us from a browser."""

from types import SimpleNamespace

import pytest

from bot.http.origins import may_talk

NAMED = ("https://www.bank.example",)


def allowed(origin: str | None, host: str = "chat.bank.example") -> bool:
    headers = {} if origin is None else {"origin": origin}
    return may_talk(SimpleNamespace(headers=headers, host=host), NAMED)  # type: ignore[arg-type]


def test_a_call_that_is_no_browsers_has_no_origin() -> None:
    assert allowed(None)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://chat.bank.example", "chat.bank.example"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://chat.bank.example:8443", "chat.bank.example:8443"),
    ],
)
def test_our_own_page_may_talk(origin: str, host: str) -> None:
    assert allowed(origin, host)


def test_a_named_page_may_talk() -> None:
    assert allowed("https://www.bank.example")


STRANGERS = [
    "null",
    "",
    "https://evil.example",
    "https://sub.www.bank.example",
    "https://bank.example",
    "https://www.bank.example.evil.example",
    "https://evilwww.bank.example",
    "https://www.bank.example:8443",
    "http://www.bank.example",
    "https://www.bank.example/",
    "https://chat.bank.example.evil.example",
    "https://chat.bank.example@evil.example",
    "https://evil.example#chat.bank.example",
    "https://evil.example/chat.bank.example",
    "chat.bank.example",
    "file://",
    "http://[",
    "http://[::1",
]


@pytest.mark.parametrize("origin", STRANGERS)
def test_any_other_page_may_not(origin: str) -> None:
    assert not allowed(origin)


def test_a_page_without_an_address_may_not_talk_to_a_host_without_a_name() -> None:
    assert not allowed("null", "")
    assert not allowed("", "")
    assert not allowed("file://", "")
