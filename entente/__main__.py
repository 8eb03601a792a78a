"""The `entente` command: makes this process green before anything else, then hands over to the command line."""

import os
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
# psycopg notices gevent alone: without this, one query stops all other green threads (tests/entente/test_green.py).
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

import eventlet

eventlet.monkey_patch()

from entente.command_line import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
