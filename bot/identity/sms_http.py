"""Sends text messages by the bank's own gateway.

`POST {url}/messages {"phone", "text"}` and, for customers who are not there, `POST {url}/probes
{"text"}`, which does the same work and sends nothing; `Authorization: Bearer token`. Any answer
2xx means taken; all else, and silence, that the text is not known to have left (F31).
"""

import httpx

from bot.errors import UnavailableError

#: The gateway has so long, in seconds; a customer waits for the answer.
TIMEOUT_S = 3.0
_PROBE = "." * 120


class HttpGateway:
    """One client a process."""

    def __init__(
        self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S,
            transport=transport,
        )

    async def send(self, phone: str, text: str) -> None:
        """Hand the text over.

        Raises:
            UnavailableError: `sms`.
        """
        await self._post("messages", {"phone": phone, "text": text})

    async def probe(self) -> None:
        """Have the gateway do as much for nobody.

        Raises:
            UnavailableError: `sms`.
        """
        await self._post("probes", {"text": _PROBE})

    async def _post(self, path: str, body: dict[str, str]) -> None:
        try:
            reply = await self._client.post(path, json=body)
            reply.raise_for_status()
        except httpx.HTTPError:  # its text may name the address; the number and the code are in the body
            raise UnavailableError("sms", retry_after_s=30) from None

    async def close(self) -> None:
        await self._client.aclose()
