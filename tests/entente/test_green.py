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


MORE_THAN_A_SOCKET_TAKES = """
import entente.__main__
from chassis.green import wait_in_the_hub
import sys, psycopg

wait_in_the_hub()
with psycopg.connect(sys.argv[1]) as connection:
    print(connection.execute("SELECT length(%s)", ["x" * 30_000_000]).fetchone()[0])
"""

LOST_WHILE_WAITING = """
import entente.__main__
from chassis.green import wait_in_the_hub
import sys, psycopg, eventlet

wait_in_the_hub()
with psycopg.connect(sys.argv[1]) as connection, psycopg.connect(sys.argv[1], autocommit=True) as other:
    pid = connection.info.backend_pid
    eventlet.spawn_after(0.2, other.execute, "SELECT pg_terminate_backend(%s)", [pid])
    try:
        connection.execute("SELECT pg_sleep(30)")
    except psycopg.OperationalError as error:
        print(error.sqlstate)
"""


@pytest.mark.needs_postgresql
def test_a_query_larger_than_the_socket_takes_at_once_arrives_whole(database_administration_url: str) -> None:
    assert _run(MORE_THAN_A_SOCKET_TAKES, database_administration_url) == "30000000"


@pytest.mark.needs_postgresql
def test_a_connection_that_ends_while_it_is_waited_for_says_so(database_administration_url: str) -> None:
    assert _run(LOST_WHILE_WAITING, database_administration_url) == "57P01"


def test_the_patch_comes_before_everything_that_waits() -> None:
    said = _run("import entente.__main__, socket, eventlet; print(eventlet.patcher.is_monkey_patched('socket'))")

    assert said == "True"


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
