"""Our brain as one worker process, with a real Redis and a real action server, asked at its own HTTP door."""

import json
import time
import uuid
from pathlib import Path

from tests.benchmarks.messages import Said
from tests.benchmarks.talking import Call, first_answer
from tests.support.product import Product

#: The brain starts by itself, so that its start can be timed.
BESIDE_IT = ("redis", "actions")
FIRST = Said("信用卡年费多少钱", "zh")


class OurBrain:
    """A `Bot`; everything of it is in the folder given and ends with `end`."""

    name = "Qiantai"

    def __init__(self, folder: Path) -> None:
        self.product = Product(folder, BESIDE_IT)
        self.url = self.product.settings.brain_url
        self._headers = {"Authorization": f"Bearer {self.product.settings.inside_token.get_secret_value()}"}
        self.product.begin()

    @property
    def pid(self) -> int:
        return self.product.running["brain"].pid

    def start(self) -> float:
        """Start the worker; seconds until it has answered."""
        began = time.perf_counter()
        self.product.start("brain")
        first_answer(self, FIRST, lambda: self.product.running["brain"].poll() is None)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End the worker; what stands beside it stays."""
        self.product.kill("brain")

    def end(self) -> None:
        self.product.end()

    def call(self, sender: str, said: Said) -> Call:
        body = {
            "sender": sender, "turn_id": str(uuid.uuid4()), "text": said.text, "language": said.language,
            "choice": None, "metadata": {"conversation_id": sender, "epoch": 1, "channel": "web"},
        }
        return Call(f"{self.url}/turn", body, self._headers)

    def problem(self, status: int, answer: bytes) -> str | None:
        """Why this is no answer."""
        if status != 200:
            return f"{status} {answer[:200]!r}"
        return None if json.loads(answer)["messages"] else "nothing was said"
