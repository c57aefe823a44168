"""Which model to serve."""

import os
from pathlib import Path
from typing import List, Optional

MODELS = Path("models")


def models() -> List[Path]:
    """Those that may be served, newest first: of the file or folder that QIANTAI_MODEL names, else of `models/`."""
    place = Path(os.environ.get("QIANTAI_MODEL") or MODELS)
    if place.is_file():
        return [place]
    return sorted(place.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)


def newest_model() -> Optional[Path]:
    """None when there is none."""
    return next(iter(models()), None)
