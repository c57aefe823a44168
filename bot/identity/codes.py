"""One-time codes, and the keyed hashes that are all we keep of them (S02, S03, L13)."""

import hashlib
import hmac
import secrets

from bot.records.cipher import Cipher

DIGITS = 6


class Codes:
    """Makes codes and hashes; the pepper comes from the data key and is in no database."""

    def __init__(self, cipher: Cipher) -> None:
        self._pepper = cipher.derived("verification codes")

    def make(self) -> str:
        """Six digits from the system's random source."""
        return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"

    def make_unusable(self) -> str:
        """What takes a code's place where nobody may pass: no six digits are ever equal to it."""
        return secrets.token_hex(DIGITS)

    def hash(self, verification_id: str, code: str) -> str:
        """The code's hash, bound to its verification: it is worth nothing in another one."""
        return self._keyed(f"code:{verification_id}:{code}")

    def subject(self, kind: str, what: str) -> str:
        """The name under which tries of this conversation, claim, person or phone are counted."""
        return self._keyed(f"{kind}:{what}")

    def _keyed(self, text: str) -> str:
        return hmac.new(self._pepper, text.encode(), hashlib.sha256).hexdigest()
