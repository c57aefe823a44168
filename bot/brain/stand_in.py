"""Stands in for TensorFlow, which Rasa imports at every start and no model of ours uses.

`install()` must run before the first import of rasa. Whoever configures a component that
really needs TensorFlow is told what to do, at the moment the component is used.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

#: Top-level packages that Rasa imports for its neural components.
ABSENT = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")

#: What Rasa imports for its other commands, stores, channels and classifiers, and ours to learn; while serving it only
#: costs time and memory.
IDLE = (
    "sklearn", "matplotlib", "boto3", "botocore", "questionary", "prompt_toolkit", "pymongo",
    "aiogram", "fbmessenger", "rocketchat_API", "slack_sdk", "twilio", "webexteamssdk",
)

ADVICE = (
    "This component needs TensorFlow, which is not part of this environment, or scikit-learn, which is not there to "
    "serve. Configure a component of bot.brain.nlu instead (see config.yml), or use an environment with rasa's own "
    "requirements."
)


class _NameType(type):
    """Lets Rasa's class statements, annotations and decorators name things that are not there."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _NameType(name, (_Absent,), {})

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls


class _Absent(metaclass=_NameType):
    """Something of TensorFlow's: may be named and subclassed, not used."""

    def __new__(cls, *args: Any, **_: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not isinstance(args[0], type):
            return args[0]  # a decorator, such as @tf.function
        if cls.__module__ == __name__:
            return lambda decorated: decorated  # a decorator with arguments
        raise NotImplementedError(ADVICE)

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


class _StandIn(ModuleType):
    __path__: ClassVar[list[str]] = []
    __version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _NameType(name, (_Absent,), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self._names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: attributes appear when they are named."""


def install(*, serving: bool = False) -> None:
    """Make the absent packages importable in this process; the idle ones too where it only serves."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder(ABSENT))
        if serving:
            sys.meta_path.insert(0, _Finder(IDLE))
