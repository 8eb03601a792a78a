"""Writes what is said in two places from the one where it is decided: `python -m tests.contracts.papers`.

`docs/asyncapi.yaml` and the JSON Schemas come from `contracts/`; `docs/topology.txt`, and the tables between marks in
the services' READMEs, from what the workers subscribe to; the diagrams of `docs/conventions.md`
from the tables of lives.
"""

import sys
from collections.abc import Mapping
from inspect import getdoc
from pathlib import Path

from chassis.messaging import Worker
from contracts import publication, topology
from contracts.schema import PUBLISHERS
from entente.composition import worker_of
from tests.contracts import lives

ROOT = Path(__file__).parents[2]
TOPOLOGY = ROOT / "docs" / "topology.txt"
CONVENTIONS = ROOT / "docs" / "conventions.md"
READMES = {name: ROOT / "services" / name / "README.md" for name in PUBLISHERS}
COMMAND = "python -m tests.contracts.papers"


def queues() -> list[topology.Queue]:
    """Give what all workers subscribe to."""
    return [queue for name in PUBLISHERS for queue in _queues_of(worker_of(name))]


def _queues_of(worker: type[Worker]) -> list[topology.Queue]:
    methods = [getattr(worker, name) for name in dir(worker)]
    return [
        topology.Queue(method.subscription.queue, method.subscription.events, (getdoc(method) or "").partition("\n")[0])
        for method in methods
        if hasattr(method, "subscription")
    ]


def papers() -> dict[Path, str]:
    """Give every paper that rests on the workers, as it should read today."""
    known = queues()
    conventions = filled(CONVENTIONS.read_text("utf-8"), lives.tables())
    return {TOPOLOGY: topology.page(known), CONVENTIONS: conventions} | {
        path: filled(path.read_text("utf-8"), _tables(name, known)) for name, path in READMES.items() if path.exists()
    }


def _tables(service: str, known: list[topology.Queue]) -> Mapping[str, str]:
    return {"announces": topology.announces(service, known), "reacts to": topology.reacts_to(service, known)}


def filled(page: str, tables: Mapping[str, str]) -> str:
    """Put each table between its marks; a page without them gets them under the heading of that name."""
    for name, table in tables.items():
        start, end = f"<!-- {name}: written by {COMMAND} -->\n", f"<!-- end of {name} -->\n"
        heading = f"\n## {name.capitalize()}\n\n"
        if start not in page and heading not in page:
            page = f"{page.rstrip()}\n{heading}"
        if start not in page:
            page = page.replace(heading, f"{heading}{start}{end}\n")
        before, _, rest = page.partition(start)
        page = f"{before}{start}{table}{end}{rest.partition(end)[2]}"
    return f"{page.rstrip()}\n"


def write(*, even_breaking: bool = False) -> list[str]:
    """Write all papers; give what forbids a publication."""
    refusals = publication.publish(even_breaking=even_breaking)
    for path, text in papers().items():
        path.write_text(text, "utf-8")
    return refusals


if __name__ == "__main__":
    sys.exit("\n".join(write(even_breaking=publication.UNRELEASED in sys.argv[1:])) or 0)
