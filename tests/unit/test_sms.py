"""Text messages: the sandbox writes them down, the gateway is asked once and not waited for long."""

import json
from pathlib import Path

import httpx
import pytest

from bot.clock import FakeClock
from bot.errors import SettingsError, UnavailableError
from bot.identity.sms import SandboxGateway
from bot.identity.sms_http import TIMEOUT_S, HttpGateway
from bot.settings import Settings
from bot.wiring import sms_gateway
from tests.support.identity import outbox

TEXT = "验证码 482913"


async def test_the_sandbox_writes_one_line_a_text(clock: FakeClock, tmp_path: Path) -> None:
    gateway = SandboxGateway(Settings(var=tmp_path), clock)
    await gateway.send("13812345678", TEXT)
    await gateway.send("13987654321", "two\nlines")
    assert [(line["phone"], line["text"]) for line in outbox(tmp_path)] == [
        ("13812345678", TEXT), ("13987654321", "two\nlines"),
    ]
    assert outbox(tmp_path)[0]["at"] == "2026-11-23T04:00:00+00:00"


async def test_only_its_owner_reads_the_outbox(clock: FakeClock, tmp_path: Path) -> None:
    gateway = SandboxGateway(Settings(var=tmp_path), clock)
    await gateway.send("13812345678", TEXT)
    assert gateway.outbox.stat().st_mode & 0o777 == 0o600


async def test_a_probe_sends_nothing(clock: FakeClock, tmp_path: Path) -> None:
    await SandboxGateway(Settings(var=tmp_path), clock).probe()
    assert outbox(tmp_path) == []


async def test_a_folder_that_can_not_be_written_is_a_gateway_that_is_away(
    clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "sandbox").write_text("in the way")
    gateway = SandboxGateway(Settings(var=tmp_path), clock)
    for call in (gateway.send("13812345678", TEXT), gateway.probe()):
        with pytest.raises(UnavailableError) as problem:
            await call
        assert problem.value.reason == "sms"


def test_production_does_not_start_with_the_sandbox(clock: FakeClock, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="QIANTAI_SMS_URL"):
        sms_gateway(Settings(env="production", var=tmp_path), clock)


def test_a_gateway_that_is_set_is_used(clock: FakeClock, tmp_path: Path) -> None:
    settings = Settings(env="production", var=tmp_path, sms_url="https://sms.example")
    assert isinstance(sms_gateway(settings, clock), HttpGateway)


def gateway_that(answer: object, seen: list[httpx.Request] | None = None) -> HttpGateway:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(int(str(answer)))

    return HttpGateway("https://sms.example/v1", "the-token", httpx.MockTransport(handle))


async def test_the_gateway_gets_phone_and_text_with_the_token() -> None:
    seen: list[httpx.Request] = []
    await gateway_that(202, seen).send("13812345678", TEXT)
    (request,) = seen
    assert str(request.url) == "https://sms.example/v1/messages"
    assert request.headers["authorization"] == "Bearer the-token"
    assert json.loads(request.content) == {"phone": "13812345678", "text": TEXT}
    assert request.extensions["timeout"]["read"] == TIMEOUT_S == 3.0


async def test_a_probe_asks_the_gateway_for_nobody() -> None:
    seen: list[httpx.Request] = []
    await gateway_that(202, seen).probe()
    assert [request.url.path for request in seen] == ["/v1/probes"]


@pytest.mark.parametrize(
    "answer", [400, 401, 429, 500, 503, httpx.ConnectError("no"), httpx.ReadTimeout("slow")]
)
async def test_whatever_is_no_yes_is_a_gateway_that_is_away(answer: object) -> None:
    gateway = gateway_that(answer)
    for call in (gateway.send("13812345678", TEXT), gateway.probe()):
        with pytest.raises(UnavailableError) as problem:
            await call
        assert problem.value.reason == "sms"
        assert "13812345678" not in repr(problem.value)
        assert "482913" not in f"{problem.value!r} {problem.value.__cause__!r}"
