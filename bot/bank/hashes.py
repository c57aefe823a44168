"""Keyed hashes: a number can be looked up by whoever has it, and not read by whoever has the record."""

import hashlib
import hmac


class KeyedHash:
    """HMAC-SHA256 under a key of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, value: str, about: str) -> str:
        """64 hexadecimal digits; `about` keeps equal values of different kinds apart."""
        return hmac.new(self._key, f"{about}\0{value}".encode(), hashlib.sha256).hexdigest()

    def matches(self, value: str, about: str, kept: str) -> bool:
        """Whether `kept` was made of this value, in constant time."""
        return hmac.compare_digest(self.of(value, about), kept)
