"""What operators and browsers read of both services: API page, headers, health, numbers."""

import re

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.refusals import refused

#: What the public API promises, by service.
CALLS = {
    "chat": {
        ("post", "/chat/conversations"),
        ("post", "/chat/conversations/{conversation_id}/messages"),
        ("get", "/chat/conversations/{conversation_id}/messages"),
        ("post", "/chat/conversations/{conversation_id}/leave-queue"),
        ("post", "/chat/conversations/{conversation_id}/end"),
        ("post", "/chat/conversations/{conversation_id}/rating"),
    },
    "desk": {
        ("post", "/desk/login"),
        ("post", "/desk/logout"),
        ("put", "/desk/me/status"),
        ("get", "/desk/queue"),
        ("post", "/desk/queue/next"),
        ("post", "/desk/conversations/{conversation_id}/claim"),
        ("get", "/desk/conversations/{conversation_id}"),
        ("post", "/desk/conversations/{conversation_id}/messages"),
        ("post", "/desk/conversations/{conversation_id}/notes"),
        ("post", "/desk/conversations/{conversation_id}/transfer"),
        ("post", "/desk/conversations/{conversation_id}/return-to-bot"),
        ("post", "/desk/conversations/{conversation_id}/close"),
    },
}
#: Addresses that answer well, badly and not at all.
ADDRESSES = ["/health/live", "/metrics", "/docs", "/docs/openapi.json", "/", "/nothing",
             "/desk/queue", "/chat/conversations/x/messages", "/%2e%2e/%2e%2e/etc/passwd"]


@pytest.fixture(params=["chat", "desk"])
def service(request):
    return request.param


@pytest.fixture
async def http(front, service):
    url = {"chat": front.chat_url, "desk": front.desk_url}[service]
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def test_the_api_page_loads_and_asks_nothing_of_others(http):
    page = await http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page.text)


async def test_every_file_of_the_api_page_is_there(http):
    page = await http.get("/docs")
    for address in re.findall(r"(?:src|href)=[\"']([^\"'#]+)", page.text):
        assert (await http.get(str(page.url.join(address).raw_path, "ascii"))).status_code == 200


async def test_the_api_page_has_nothing_that_our_policy_forbids(http):
    page = await http.get("/docs")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page.text)


async def test_the_description_lists_every_call_with_a_summary(http, service):
    paths = (await http.get("/docs/openapi.json")).json()["paths"]
    listed = {(method, path) for path, calls in paths.items() for method in calls}
    assert listed >= CALLS[service]
    assert all(paths[path][method]["summary"] for method, path in CALLS[service])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_answer_carries_the_security_headers(http, address, method):
    reply = await http.request(method, address)
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-frame-options"] == "DENY"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in reply.headers["permissions-policy"]
    assert reply.headers["cache-control"] in ("no-store", "no-cache")
    policy = reply.headers["content-security-policy"]
    for rule in ("default-src 'none'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert "server" not in reply.headers


async def test_a_body_that_is_too_large_is_answered_with_the_headers(http, service):
    address = {"chat": "/chat/conversations", "desk": "/desk/login"}[service]
    reply = await http.post(address, content=b"x" * 200_000)
    assert reply.headers["x-content-type-options"] == "nosniff"
    refused(reply, 413, "too_long")


async def test_numbers_come_as_prometheus_reads_them(http):
    reply = await http.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    names = {family.name for family in text_string_to_metric_families(reply.text)}
    assert "process_resident_memory_bytes" in names


async def test_health_says_what_is_there(http, service):
    assert (await http.get("/health/live")).json() == {"live": True}
    ready = await http.get("/health/ready")
    assert ready.status_code == 200
    expected = {"ready": True, "record": True, "redis": True}
    assert ready.json() == (expected | {"brain": False} if service == "chat" else expected)


async def test_the_page_of_the_service_is_there(http):
    page = await http.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
