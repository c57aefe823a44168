"""The sandbox's way to send text messages: into a file, for development and tests only.

`sandbox/outbox.jsonl` in the data folder gets one line `{at, phone, text}` a text, on the disk
before `send` returns.
"""

import asyncio
import os
from pathlib import Path

import orjson

from bot.clock import Clock
from bot.errors import SettingsError, UnavailableError
from bot.settings import Settings

#: A probe writes a line of about a text's length, elsewhere.
_PROBE = b"." * 240 + b"\n"


class SandboxGateway:
    """Writes what would be sent."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        if settings.production:
            raise SettingsError(
                "QIANTAI_SMS_URL: production sends text messages by a gateway; the sandbox's file will not do"
            )
        self._folder = settings.var / "sandbox"
        self._clock = clock

    @property
    def outbox(self) -> Path:
        return self._folder / "outbox.jsonl"

    async def send(self, phone: str, text: str) -> None:
        """Append the text.

        Raises:
            UnavailableError: `sms`: the file can not be written.
        """
        line = orjson.dumps({"at": self._clock.now(), "phone": phone, "text": text}) + b"\n"
        await asyncio.to_thread(self._append, self.outbox, line)

    async def probe(self) -> None:
        """Write as much beside the outbox.

        Raises:
            UnavailableError: `sms`.
        """
        await asyncio.to_thread(self._append, self._folder / "probes", _PROBE)

    def _append(self, path: Path, line: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            try:
                os.write(handle, line)  # one write: lines of several processes do not mix
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:
            raise UnavailableError("sms", retry_after_s=30) from None
