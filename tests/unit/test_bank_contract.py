"""The contract as a file: what the server of the tests answers, and what the adapter reads, is what it says."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bot.bank import wire
from bot.bank.errors import REASONS
from bot.bank.port import Act, CardState
from bot.bank.seed import load_seed
from bot.clock import FakeClock
from bot.content.yaml import load
from tests.support.bank_server import TOKEN, BankServer, Seen
from tests.support.memory_bank import MemoryBank
from tests.support.product import ROOT

CONTRACT = load(ROOT / "bot/bank/openapi.yml")
SCHEMAS = CONTRACT["components"]["schemas"]
READERS = {
    "Ping": wire.PingBody, "Customer": wire.CustomerBody, "Cards": wire.CardsBody,
    "Card": wire.CardBody, "Match": wire.MatchBody, "Receipt": wire.ReceiptBody,
    "Problem": wire.ProblemBody,
}
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
}


def problems(value: Any, schema: dict[str, Any], where: str = "$") -> Iterator[str]:
    """What of the value the schema does not allow; as much of JSON Schema as the contract uses."""
    schema = _followed(schema)
    if options := schema.get("oneOf"):
        if sum(not list(problems(value, option)) for option in options) != 1:
            yield f"{where}: not exactly one of the choices"
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, TYPES[kind]) for kind in kinds):
        yield f"{where}: {type(value).__name__} is not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value} is not in the list"
    if isinstance(value, str):
        yield from _text_problems(value, schema, where)
    if isinstance(value, dict):
        yield from (f"{where}: no {name}" for name in schema.get("required", []) if name not in value)
        for name, inner in value.items():
            if name not in schema.get("properties", {}):
                yield f"{where}: {name} is not in the contract"
            else:
                yield from problems(inner, schema["properties"][name], f"{where}.{name}")
    for index, inner in enumerate(value if isinstance(value, list) else []):
        yield from problems(inner, schema["items"], f"{where}[{index}]")


def _text_problems(value: str, schema: dict[str, Any], where: str) -> Iterator[str]:
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{where}: too long"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value} does not look like {schema['pattern']}"
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{where}: a time without a zone"


def _followed(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = CONTRACT
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def schema_of(method: str, path: str, status: int) -> dict[str, Any]:
    """What the contract says of this reply."""
    for template, operations in CONTRACT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations:
            responses = operations[method.lower()]["responses"]
            found = _followed(responses.get(str(status), responses["default"]))
            schema: dict[str, Any] = found["content"]["application/json"]["schema"]
            return schema
    raise AssertionError(f"{method} {path} is not in the contract")


def calls() -> Iterator[tuple[str, str, dict[str, Any] | None, int]]:
    """Every operation, well and refused."""
    yield "GET", "/ping", None, 200
    yield "GET", "/customers/c-1001", None, 200
    yield "GET", "/customers/c-1005", None, 200
    yield "GET", "/customers/c-9999", None, 404
    yield "GET", "/customers/c-1004/cards", None, 200
    yield "GET", "/customers/c-9999/cards", None, 404
    yield "POST", "/customers/c-1001/identity-check", {"id_last6": "140204"}, 200
    yield "POST", "/cards/search", {"last4": "6612"}, 200
    yield "GET", "/cards/card-0", None, 200
    yield "GET", "/cards/card-3", None, 200
    yield "GET", "/cards/none", None, 404
    yield "POST", "/cards/card-0/loss-reports", {"kind": "temporary", "holder": "c-1001"}, 201
    yield "POST", "/cards/card-1/loss-reports", {"kind": "formal", "holder": None}, 201
    yield "POST", "/cards/card-0/loss-reports", {"kind": "temporary", "holder": None}, 409
    yield "POST", "/cards/none/loss-reports", {"kind": "temporary", "holder": None}, 404
    yield "POST", "/cards/card-3/loss-reports/lift", {"holder": None}, 201
    yield "POST", "/cards/card-4/loss-reports/lift", {"holder": None}, 409
    yield "GET", "/acts/none", None, 404


@pytest.fixture
def server(clock: FakeClock) -> BankServer:
    return BankServer(MemoryBank(clock, load_seed(ROOT / "data/sandbox/bank.yml")))


async def test_every_reply_of_the_server_is_as_the_contract_says_and_can_be_read(
    server: BankServer, clock: FakeClock
) -> None:
    for method, path, sent, expected in calls():
        headers = {
            "authorization": f"Bearer {TOKEN}", "idempotency-key": str(uuid.uuid4()),
            "not-after": clock.now().isoformat(),
        }
        body = orjson.dumps(sent) if sent is not None else b""
        status, reply = await server.reply(Seen(method, f"/v1{path}", headers, body))
        assert status == expected, (method, path, reply)
        schema = schema_of(method, path, status)
        assert list(problems(orjson.loads(reply), schema)) == [], (method, path)
        READERS[schema["$ref"].rpartition("/")[2]].model_validate_json(reply)


async def test_a_call_without_the_token_is_turned_away(server: BankServer) -> None:
    status, reply = await server.reply(Seen("GET", "/v1/ping", {}, b""))
    assert (status, orjson.loads(reply)) == (401, {"error": {"code": "not_signed_in"}})


def test_the_contract_has_one_operation_a_verb_of_the_port() -> None:
    named = {
        operation["operationId"] for operations in CONTRACT["paths"].values()
        for method, operation in operations.items() if method in ("get", "post")
    }
    assert named == {
        "customer", "cards", "card", "find", "identity_matches", "report_lost", "lift_loss", "outcome", "ping",
    }


@pytest.mark.parametrize(("schema", "reader"), READERS.items())
def test_what_the_contract_requires_is_what_we_need(schema: str, reader: Any) -> None:
    needed = {name for name, field in reader.model_fields.items() if field.is_required()}
    assert set(SCHEMAS[schema]["required"]) == needed
    assert set(reader.model_fields) <= SCHEMAS[schema]["properties"].keys()


def test_states_acts_and_reasons_are_those_of_the_port() -> None:
    assert SCHEMAS["CardState"]["enum"] == [state.value for state in CardState]
    assert SCHEMAS["Receipt"]["properties"]["act"]["enum"] == [act.value for act in Act]
    told = CONTRACT["components"]["responses"]["Refused"]["description"]
    assert set(re.findall(r"`([a-z_]+)`", told)) - {"since", "state"} == set(REASONS)


@pytest.mark.parametrize("wrong", [
    {"matches": "yes"}, {"matches": 1}, {"matches": None}, {}, [], "true", {"match": True},
])
def test_what_is_not_the_contract_is_not_read(wrong: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        wire.MatchBody.model_validate_json(orjson.dumps(wrong))
    assert list(problems(wrong, SCHEMAS["Match"]))


@pytest.mark.parametrize("at", ["2026-11-23T04:00:00Z", None])
def test_a_bank_may_say_when_a_phone_changed(at: str | None) -> None:
    body = {
        "id": "c-1", "honorific": {"zh": "王女士", "en": "Ms Wang"}, "language": "zh", "phone": None, "minor": False,
    }
    told = wire.CustomerBody.model_validate_json(orjson.dumps({**body, "phone_changed_at": at})).plain()
    assert told.phone_changed_at == (datetime(2026, 11, 23, 4, tzinfo=UTC) if at else None)
    assert wire.CustomerBody.model_validate_json(orjson.dumps(body)).plain().phone_changed_at is None
