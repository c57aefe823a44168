"""The people of the tests: a customer and an agent, over the public API."""

import asyncio
import re
import time
import uuid
from typing import Any

import httpx
import pyotp

from bot.staff.service import Staff

#: Longest wait for an answer, in seconds.
PATIENCE_S = 20.0


class Customer:
    """One conversation, as a client of the API has it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=30)
        self.id = self.token = ""
        self.seen = 0
        self.messages: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}

    @classmethod
    async def arrive(
        cls, url: str, language: str = "zh", *, customer_token: str | None = None
    ) -> "Customer":
        """Open a conversation and read the greeting; the bank's app may say who it is."""
        customer = cls(url)
        body = {"language": language, **({"customer_token": customer_token} if customer_token else {})}
        reply = await customer.http.post("/chat/conversations", json=body)
        assert reply.status_code == 201, reply.text
        body = reply.json()
        customer.id, customer.token = body["conversation_id"], body["token"]
        customer.messages = body["messages"]
        customer.seen = body["last_seq"]
        customer.http.headers["Authorization"] = f"Bearer {customer.token}"
        return customer

    @property
    def path(self) -> str:
        return f"/chat/conversations/{self.id}"

    async def send(self, **body: Any) -> httpx.Response:
        """The raw call; a `client_id` is made when none is given."""
        return await self.http.post(
            f"{self.path}/messages", json={"client_id": str(uuid.uuid4()), **body}
        )

    async def read(self, wait_s: int = 0) -> list[dict[str, Any]]:
        """What is new."""
        reply = await self.http.get(
            f"{self.path}/messages", params={"after": self.seen, "wait": wait_s}
        )
        assert reply.status_code == 200, reply.text
        body = reply.json()
        self.state = body
        self.messages += body["messages"]
        self.seen = max([self.seen, *(message["seq"] for message in body["messages"])])
        return list(body["messages"])

    async def ask(self, text: str) -> list[dict[str, Any]]:
        """Say it and wait for the answer; everything that came from others."""
        return await self.after(text=text)

    async def choose(self, title: str) -> list[dict[str, Any]]:
        """Press the newest button with this title (a part of it will do)."""
        for message in reversed(self.messages):
            for choice in message.get("choices", []):
                if title in choice["title"]:
                    return await self.after(choice=choice["id"])
        raise AssertionError(f"no choice {title!r} in {[m.get('choices') for m in self.messages]}")

    async def after(self, **body: Any) -> list[dict[str, Any]]:
        """Send, and gather until somebody else has spoken."""
        reply = await self.send(**body)
        assert reply.status_code == 202, reply.text
        return await self.hear()

    async def hear(self, patience_s: float = PATIENCE_S) -> list[dict[str, Any]]:
        """Wait until the bot or an agent has spoken; all that others said meanwhile."""
        heard: list[dict[str, Any]] = []
        until = time.monotonic() + patience_s
        while not any(m["author"] in ("bot", "agent") for m in heard):
            assert time.monotonic() < until, f"no answer; so far {self.texts()}"
            heard += [m for m in await self.read(2) if m["author"] != "customer"]
        return heard

    async def until(self, author: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The next message of this author that was not seen before."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            for message in await self.read(2):
                if message["author"] == author:
                    return message
        raise AssertionError(f"nothing from {author}; so far {self.texts()}")

    async def until_hears(self, text: str, patience_s: float = PATIENCE_S) -> None:
        """Wait until somebody else has said exactly this."""
        until = time.monotonic() + patience_s
        while not any(m["text"] == text and m["author"] != "customer" for m in self.messages):
            assert time.monotonic() < until, f"nobody said {text!r}; so far {self.texts()}"
            await self.read(2)

    async def until_says(self, part: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until somebody else has said something with this in it; that message."""
        until = time.monotonic() + patience_s
        known = len(self.messages)
        while True:
            for message in self.messages[known:]:
                if part in message["text"] and message["author"] != "customer":
                    return message
            assert time.monotonic() < until, f"nobody said {part!r}; so far {self.texts()}"
            await self.read(2)

    async def until_owner(self, owner: str, patience_s: float = PATIENCE_S) -> None:
        """Wait until the conversation belongs to this owner."""
        until = time.monotonic() + patience_s
        while self.state.get("owner") != owner:
            assert time.monotonic() < until, f"owner is {self.state.get('owner')}"
            await self.read()
            await asyncio.sleep(0.05)

    def texts(self) -> list[str]:
        """The whole conversation, one line a message."""
        return [f"{m['seq']} {m['author']}: {m['text']}" for m in self.messages]

    async def leave(self) -> None:
        await self.http.aclose()


class Desk:
    """One signed-in agent."""

    def __init__(self, url: str, user: str, password: str, seed: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=30)
        self.user, self.password, self.seed = user, password, seed
        self.me: dict[str, Any] = {}
        self.steps_ahead = 0

    @classmethod
    async def enter(cls, url: str, staff: Staff, name: str, **more: Any) -> "Desk":
        """A new member of staff who signs in and takes chats."""
        more.setdefault("roles", ["agent"])
        more.setdefault("skills", ["savings", "loan", "card", "ebank", "complaint"])
        added = await staff.add(
            name, user=f"{_plain(name)}.{uuid.uuid4().hex[:6]}", **more
        )
        assert added.password
        desk = cls(url, added.user, added.password, added.totp_seed)
        reply = await desk.sign_in()
        assert reply.status_code == 200, reply.text
        assert (await desk.put("/desk/me/status", status="online")).status_code == 200
        return desk

    async def sign_in(self, **other: str) -> httpx.Response:
        """Sign in; codes are used once, so each further sign-in takes the next one."""
        body = {"user": self.user, "password": self.password, "code": self.code(), **other}
        reply = await self.http.post("/desk/login", json=body)
        if reply.status_code == 200:
            self.me = reply.json()["user"]
            self.http.headers["x-csrf-token"] = reply.json()["csrf"]
        return reply

    def code(self) -> str:
        """A code that has not been used yet."""
        code = pyotp.TOTP(self.seed).at(int(time.time()) + 30 * self.steps_ahead)
        self.steps_ahead += 1
        return code

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def put(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.put(path, json=body)

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def claim(self, conversation_id: str) -> None:
        """Take this one."""
        reply = await self.post(f"/desk/conversations/{conversation_id}/claim")
        assert reply.status_code == 200, reply.text

    async def say(self, conversation_id: str, text: str) -> httpx.Response:
        return await self.post(
            f"/desk/conversations/{conversation_id}/messages", client_id=str(uuid.uuid4()), text=text
        )

    async def leave(self) -> None:
        await self.http.aclose()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()) or "staff"
