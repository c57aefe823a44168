"""One message a line in, one JSON object a line out: `python -m bot.brain.understand`."""

import sys
import tempfile
from pathlib import Path

from bot.brain import stand_in
from bot.brain.quiet import quieten


def main() -> int:
    stand_in.install(serving=True)
    quieten()

    import orjson
    from rasa.engine import loader
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    from bot.brain.models import newest_model
    from bot.brain.understanding import Understanding

    model = newest_model()
    if model is None:
        print("There is no model yet: run ./qiantai train", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        _, runner = loader.load_predict_graph_runner(
            Path(folder), model, LocalModelStorage, DaskGraphRunner
        )
    understanding = Understanding(runner)
    for line in sys.stdin:
        answer = understanding.understand(line.rstrip("\r\n"))
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
