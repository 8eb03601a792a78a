"""The entry point makes the process green: one green thread's query lets the others work."""

import subprocess
import sys

import pytest

TEN_QUERIES = """
import entente.__main__  # what `entente` and `python -m entente` run first
import threading, time, sys, psycopg

def ask():
    with psycopg.connect(sys.argv[1]) as connection:
        connection.execute("SELECT pg_sleep(0.4)")

threads = [threading.Thread(target=ask) for _ in range(10)]
began = time.monotonic()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(time.monotonic() - began)
"""


@pytest.mark.needs_postgresql
def test_ten_queries_in_green_threads_take_about_as_long_as_one(database_administration_url: str) -> None:
    said = _run(TEN_QUERIES, database_administration_url)

    assert 0.4 <= float(said) < 2.0  # one after the other they would take four seconds


def test_the_patch_comes_before_everything_that_waits() -> None:
    said = _run("import entente.__main__, socket, eventlet; print(eventlet.patcher.is_monkey_patched('socket'))")

    assert said == "True"


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
