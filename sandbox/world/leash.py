"""How does a part learn that its supervisor is gone, however it ended?

Run as `python -m sandbox.world.leash PARENT MODULE ARGUMENT...`: becomes `python -m MODULE ARGUMENT...`
that cannot outlive the process PARENT, which holds the other end of its standard input.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal this process gets when the thread that started it ends."""


def main(words: list[str]) -> None:
    """Put this process on the leash, then run the module in it."""
    parent, module, *rest = words
    hold(int(parent))
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def hold(parent: int) -> None:
    """End this process as soon as `parent` has ended."""
    if sys.platform == "linux":
        # The kernel does it, so that it also reaches a process that is stopped or stuck.
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:
            sys.exit("the supervisor ended before this part began")
    threading.Thread(target=_until_closed, args=(sys.stdin.fileno(),), daemon=True, name="leash").start()


def _until_closed(handle: int) -> None:
    # The other end is closed by the system, whatever the supervisor died of.
    while os.read(handle, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
