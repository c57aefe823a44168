"""The pipeline of config.yml on the questions of a card scheme's FAQ: does it learn other people's topics as well?

Labels seen once are left out, five folds with the same seed each time. `python -m tests.benchmarks.peer_folds` prints
the share of right answers and that of each fold.
"""

from typing import Any

from tests.benchmarks.brain_side import in_brain
from tests.benchmarks.figures import spread
from tests.benchmarks.shared import shared


def measure(quick: bool = False) -> dict[str, Any]:
    """`quick` learns one fold of the five."""
    found = in_brain("folds", str(shared("data/unionpay_faq.tsv")), "1" if quick else "5")
    return {**found, "folds": spread(found["shares"])}


if __name__ == "__main__":
    from tests.benchmarks.alone import main

    main(measure)
