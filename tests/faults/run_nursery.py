"""Copies itself (fork) for each process it is asked for, and says which of them ended: the other side of `nursery`."""

from tests.faults.run_variant import VARIANTS, main  # isort: skip  first of all: it makes this process green

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn

from eventlet import hubs
from eventlet.patcher import original

from entente.composition import SERVICES

ENTENTE = ("command_line", "provisioning", "replaying", "serving")
system = original("os")  # nothing green runs here: a copy begins with a hub of its own


def serve() -> None:
    """Answer what is asked, line by line; at the end of lines, kill every copy."""
    living: dict[int, int | None] = {}
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if "ended" in asked:
            pid = asked["ended"]
            if living[pid] is None:
                living[pid] = _ended(pid)
            answer = living[pid]
        else:
            answer = _copied(asked)
            living[answer] = None
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in [pid for pid, ended in living.items() if ended is None]:
        system.kill(pid, signal.SIGKILL)


def _ended(pid: int) -> int | None:
    ended, status = system.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _copied(asked: Mapping[str, Any]) -> int:
    pid: int = system.fork()
    if pid == 0:
        _become(asked)
    return pid


def _become(asked: Mapping[str, Any]) -> NoReturn:
    """Be the program that was asked for, to its end."""
    code: object = 1
    try:
        _take(asked)
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    system._exit(code if isinstance(code, int) else 1)
    raise AssertionError


def _take(asked: Mapping[str, Any]) -> None:
    """Take the environment, the words and the outputs of the program."""
    log, nothing = os.open(asked["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT), os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["entente", *asked["words"]]
    hubs.use_hub()
    if asked["variant"]:
        VARIANTS[asked["variant"]]()


if __name__ == "__main__":
    for name in ENTENTE:
        import_module(f"entente.{name}")
    for name in SERVICES:
        import_module(f"services.{name}.api")
        import_module(f"services.{name}.worker")
    serve()
