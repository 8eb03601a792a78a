"""Ports of tests that run at once."""

import subprocess
import sys

import pytest

from tests import ports
from tests.ports import first_free_port
from tests.surroundings import ROOT

pytestmark = pytest.mark.unit


def test_nobody_is_given_a_port_of_another_test_before_its_server_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "from tests.ports import first_free_port; print(first_free_port(5), flush=True); input()"
    command = [sys.executable, "-c", told]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        offered = iter([theirs - 4, theirs, theirs + 4, theirs + 5])
        monkeypatch.setattr(ports.secrets, "choice", lambda _: next(offered))

        assert first_free_port(5) == theirs + 5
        other.communicate("\n")
