"""How long it takes to understand one message, inside the brain's process.

`python -m tests.benchmarks.one_message` prints milliseconds: language, topic, the five nearest topics.
"""

from typing import Any

from tests.benchmarks.brain_side import in_brain
from tests.benchmarks.figures import spread


def measure(quick: bool = False) -> dict[str, Any]:
    found = in_brain("one_message", "200" if quick else "1000")
    return {"ms": spread(found["ms"]), **{language: spread(found[language]) for language in ("zh", "en")}}


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
