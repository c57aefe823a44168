"""`python -m tests.benchmarks.in_brain.one_message COUNT`: milliseconds of each message, as JSON."""

import json
import sys
import time
from itertools import islice

from bot.brain import stand_in
from bot.brain.quiet import quieten
from tests.benchmarks.messages import messages


def main() -> int:
    stand_in.install(serving=True)
    quieten()

    from bot.brain.models import newest_model
    from tests.benchmarks.in_brain.loading import understanding_of

    model = newest_model()
    if model is None:
        print("There is no model yet: run ./qiantai train", file=sys.stderr)
        return 1
    understanding = understanding_of(model)
    understanding.understand("你好")
    found: dict[str, list[float]] = {"ms": [], "zh": [], "en": []}
    for said in islice(messages(), int(sys.argv[1])):
        began = time.perf_counter()
        understanding.understand(said.text)
        found[said.language].append((time.perf_counter() - began) * 1000)
    found["ms"] = found["zh"] + found["en"]
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
