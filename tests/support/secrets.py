"""Where a secret could have been left, and the search for it: files, Redis, logs; plain, spaced, encoded."""

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from redis import Redis

from tests.support.product import Product

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
NUMERALS = str.maketrans("0123456789", "零一二三四五六七八九")


def in_groups(digits: str, gap: str) -> str:
    return gap.join(digits[at : at + 4] for at in range(0, len(digits), 4))


def forms(digits: str) -> dict[str, str]:
    """The ways in which people type a number."""
    return {
        "plain": digits,
        "spaced": in_groups(digits, " "),
        "dashed": in_groups(digits, "-"),
        "dotted": in_groups(digits, "."),
        "each_apart": " ".join(digits),
        "full_width": digits.translate(FULL_WIDTH),
        "full_width_spaced": in_groups(digits, "\u3000").translate(FULL_WIDTH),
        "numerals": digits.translate(NUMERALS),
        "mixed": digits[:5] + digits[5:9].translate(FULL_WIDTH) + digits[9:].translate(NUMERALS),
        "zero_width": "\u200b".join(digits),
        "no_break": in_groups(digits, "\u00a0"),
    }


def traces(secret: str, text: str) -> list[bytes]:
    """How the secret would look where it must not be."""
    found = {secret, *forms(secret).values()} if secret.isdigit() else {secret}
    found |= {text, base64.b64encode(secret.encode()).decode().rstrip("="), quote(text)}
    found |= {one.encode("unicode_escape").decode() for one in list(found)}
    return [one.encode() for one in found]


def holds(content: bytes, trace: bytes) -> bool:
    """Whether it is in there by itself: six digits may stand in an id or a fraction of a second."""
    alone = rb"(?<![0-9a-fA-F.\-])" + re.escape(trace) + rb"(?![0-9a-fA-F])"
    return trace in content and re.search(alone, content) is not None


def stored(product: Product) -> Iterator[tuple[str, bytes]]:
    """Everything that the product keeps anywhere, but for what the sandbox's gateway would have sent to a phone."""
    for path in Path(product.var).rglob("*"):
        if path.is_file() and path.name != "outbox.jsonl":
            yield path.name, path.read_bytes()
    with Redis.from_url(product.redis_url) as redis:
        for key in redis.scan_iter():
            yield f"redis key {key!r}", key
            yield f"redis {key!r}", b" ".join(values(redis, key))


def values(redis: Redis, key: bytes) -> list[bytes]:
    """What a key holds, whatever its kind."""
    match redis.type(key):
        case b"string":
            return [redis.get(key) or b""]
        case b"hash":
            return [part for pair in redis.hgetall(key).items() for part in pair]
        case b"list":
            return redis.lrange(key, 0, -1)
        case b"set":
            return list(redis.smembers(key))
        case b"zset":
            return redis.zrange(key, 0, -1)
        case b"stream":
            return [repr(entry).encode() for entry in redis.xrange(key)]
    return []


def found_in(product: Product, secret: str, text: str) -> list[str]:
    """Where the secret can be found."""
    looked_for = traces(secret, text)
    return [
        f"{name}: {trace!r}"
        for name, content in stored(product)
        for trace in looked_for
        if holds(content, trace)
    ]


#: A number as it may stand in a file, with one sign between its digits; what comes before it decides
#: whether six digits stand by themselves: they may be part of an id or a fraction of a second.
_GAP = r"[ \t\u00a0\u3000.\-]?"
_RUN = re.compile(rf"(?<![0-9A-Za-z.\-])[0-9](?:{_GAP}[0-9])*(?:{_GAP}[Xx])?(?![0-9A-Za-z])")
_SHORT = 6
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_PLAIN = {
    **_INVISIBLE, **{ord("０") + n: str(n) for n in range(10)}, ord("Ｘ"): "X",
    **{ord(sign): str(n) for n, sign in enumerate("零一二三四五六七八九")},
}
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


class Net:
    """Finds any of many secrets in one pass, in whatever form they stand there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        wanted = set(secrets)
        self._numbers = {one.upper() for one in wanted if re.fullmatch(r"[0-9]{6,}[Xx]?", one)}
        self._words = {one for one in wanted if one.upper() not in self._numbers}
        self._lengths = sorted({len(one) for one in self._numbers if len(one) > _SHORT})

    def catch(self, content: bytes) -> set[str]:
        """The secrets that are in there."""
        found: set[str] = set()
        for view in _views(content.decode("utf-8", "replace")):
            found |= {word for word in self._words if word in view}
            for run in _RUN.finditer(view.translate(_PLAIN)):
                found |= self._in_run(run.group().upper())
        return found

    def _in_run(self, run: str) -> set[str]:
        joined = "".join(sign for sign in run if sign.isalnum())
        groups = {joined, *re.split(r"[ \t\u00a0\u3000]", run)}
        found = groups & self._numbers
        for length in self._lengths:
            found |= {joined[at : at + length] for at in range(len(joined) - length + 1)} & self._numbers
        return found


def _views(text: str) -> Iterator[str]:
    """The text as it is, and with each encoding that may stand in it undone."""
    yield text
    if "%" in text:
        yield unquote(text)
    if "\\u" in text:
        yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    yield "\n".join(_decoded(text))


def _decoded(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        token = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            plain = base64.b64decode(token + "=" * (-len(token) % 4))
        except ValueError:  # it only looked like it
            continue
        yield plain.decode("utf-8", "replace")
