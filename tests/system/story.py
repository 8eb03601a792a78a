"""Runs the demo's story as a user would, once per platform, and reads what it says of itself."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 900


@dataclass(frozen=True)
class Told:
    """How the story ended: its exit code and its JSON."""

    code: int
    told: dict[str, Any]
    errors: str


def tell(state_directory: Path, **addresses: str) -> Told:
    """Run `entente demo --once --json` on embedded defaults, or on the servers that `addresses` names."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "entente", "demo", "--once", "--json"],
        cwd=CHECKOUT,
        env={**kept, **addresses, "ENTENTE_STATE_DIRECTORY": str(state_directory)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    told = json.loads(done.stdout) if done.stdout.strip() else {}
    return Told(done.returncode, told, done.stderr[-4000:])


def expect_the_whole_story(story: Told) -> None:
    """Hold the story against what the programme office would count by hand."""
    told = story.told
    assert story.code == 0, story.errors
    assert all(told["checks"].values()), {name: held for name, held in told["checks"].items() if not held}
    assert told["organisations"] >= 198 + 60
    assert told["conventions_in_force"] >= 200
    assert [told["projection"][axis]["envelope"] for axis in "1234"] == [
        "1000000.00",
        "2000000.00",
        "2000000.00",
        "1000000.00",
    ]
    assert told["emails"] > 0
    assert told["webhooks"] > 0
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p99"]
