"""Which model to serve."""

import os
from pathlib import Path
from typing import Optional

MODELS = Path("models")


def newest_model() -> Optional[Path]:
    """The one that QIANTAI_MODEL names, else the newest; None when there is none."""
    named = os.environ.get("QIANTAI_MODEL")
    if named:
        return Path(named)
    found = sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None
