"""Runs a command that ends when its parent does: `python -m bot.child COMMAND …`.

A supervisor that is killed with -9 can stop nobody; the kernel then does it for us (Linux).
"""

import ctypes
import os
import signal
import sys

#: prctl(2): the signal this process gets when its parent dies; kept over exec.
PR_SET_PDEATHSIG = 1


def main() -> None:
    parent = os.environ.pop("QIANTAI_PARENT", "")
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if parent and str(os.getppid()) != parent:
            sys.exit(1)  # it died before we asked
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command of our own supervisor


if __name__ == "__main__":
    main()
