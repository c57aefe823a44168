"""Ask the running product real questions through its public API, each in a conversation of its own.

usage: python tests/benchmarks/real_input.py FILE[:COUNT] … [--url http://127.0.0.1:8080] [--report FILE]

FILE has one message a line; of a table the last column is the message. Prints how the messages fared and how
long a customer waited from sending to the first reply (quiet time included); writes every question beside its reply.
The product must allow it: QIANTAI_CONVERSATIONS_PER_MINUTE=100000.
"""

import argparse
import asyncio
import json
import statistics
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

#: Longest wait for a first reply before a message counts as failed, in seconds.
PATIENCE_S = 30


@dataclass
class Outcome:
    """What became of one message."""

    question: str
    kind: str  # answered | choices | handed over | failed
    seconds: float
    topic: str | None
    reply: str


def sort_reply(replies: list[dict], owner: str) -> str:
    """Name the outcome by what the customer got."""
    if owner in ("queue", "agent"):
        return "handed over"
    if not replies:
        return "failed"
    first = replies[0]
    if first.get("topic") and first["topic"] != "out_of_scope":
        return "answered"
    return "choices" if any(reply.get("choices") for reply in replies) else "answered"


async def ask(client: httpx.AsyncClient, question: str) -> Outcome:
    """Open a conversation, send one message, wait for the first reply."""
    opened = await client.post("/chat/conversations", json={})
    opened.raise_for_status()
    body = opened.json()
    path = f"/chat/conversations/{body['conversation_id']}/messages"
    client_headers = {"Authorization": f"Bearer {body['token']}"}
    started = time.monotonic()
    sent = await client.post(
        path, json={"client_id": str(uuid.uuid4()), "text": question}, headers=client_headers
    )
    if sent.status_code != 202:
        return Outcome(question, "failed", 0, None, f"{sent.status_code} {sent.text}")
    seq = sent.json()["seq"]
    replies: list[dict] = []
    owner = "bot"
    while not replies and time.monotonic() - started < PATIENCE_S:
        seen = await client.get(path, params={"after": seq, "wait": 10}, headers=client_headers)
        seen.raise_for_status()
        replies = [m for m in seen.json()["messages"] if m["author"] == "bot"]
        owner = seen.json()["owner"]
    seconds = time.monotonic() - started
    text = " ¶ ".join(
        r["text"] + "".join(f" [{c['title']}]" for c in r.get("choices", [])) for r in replies
    )
    topic = replies[0].get("topic") if replies else None
    return Outcome(question, sort_reply(replies, owner), seconds, topic, text)


async def ask_all(url: str, questions: list[str], at_once: int) -> list[Outcome]:
    gate = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(base_url=url, timeout=40) as client:

        async def one(question: str) -> Outcome:
            async with gate:
                try:
                    return await ask(client, question)
                except (httpx.HTTPError, KeyError) as exc:
                    return Outcome(question, "failed", 0, None, repr(exc))

        return list(await asyncio.gather(*(one(question) for question in questions)))


def read(source: str) -> list[str]:
    """The first COUNT messages of FILE[:COUNT]."""
    name, _, count = source.partition(":")
    lines = Path(name).read_text(encoding="utf-8").splitlines()
    messages = [" ".join(line.split("\t")[-1].split()) for line in lines]
    messages = [message for message in messages if message]
    return messages[: int(count)] if count else messages


def main() -> None:
    cli = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_argument("source", nargs="+")
    cli.add_argument("--url", default="http://127.0.0.1:8080")
    cli.add_argument("--at-once", type=int, default=4)
    cli.add_argument("--report", type=Path, default=Path("var/bench/real_input.json"))
    args = cli.parse_args()
    report = {}
    print(f"{'file':32} {'asked':>5} {'answered':>8} {'choices':>8} {'handed over':>11} {'failed':>6}  p50 s  p95 s")
    for source in args.source:
        outcomes = asyncio.run(ask_all(args.url, read(source), args.at_once))
        count = Counter(outcome.kind for outcome in outcomes)
        waits = sorted(o.seconds for o in outcomes if o.kind != "failed") or [0.0]
        p95 = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
        print(
            f"{Path(source).name[:32]:32} {len(outcomes):5} {count['answered']:8} {count['choices']:8} "
            f"{count['handed over']:11} {count['failed']:6}  {statistics.median(waits):5.2f}  {p95:5.2f}"
        )
        report[source] = [asdict(outcome) for outcome in outcomes]
    args.report.parent.mkdir(parents=True, exist_ok=True)
    args.report.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
