"""Compiled statements, shared by every database of one kind."""

from collections.abc import Hashable
from typing import Any


class CompiledOnce(dict[Hashable, Any]):
    """What SQLAlchemy keeps for one engine: its key begins with that engine's dialect, here with the dialect's kind."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), compiled)
