"""Draws what was measured (`bench/results`) as pictures in `docs`: the burst's rates, and memory over many events."""

import json
from pathlib import Path
from typing import Any

import altair

from bench.report import RESULTS

DOCS = Path(__file__).parent.parent / "docs"
NAMES = {
    "entente": "Entente",
    "faststream": "FastStream + asyncpg",
    "nameko": "nameko, stock event_handler",
    "limit": "SQL + AMQP alone, no rules",
}
LAVENDER, PALE, INK, PAPER = "#4b47a3", "#bfbce6", "#2b2a33", "#fbfaf7"


def draw(burst: dict[str, Any]) -> altair.LayerChart:
    """Give one bar per way, with its median and the spread of its rounds."""
    rows = [
        {
            "way": NAMES[name],
            "median": burst["figures"][name]["median"],
            "least": burst["figures"][name]["spread"][0],
            "most": burst["figures"][name]["spread"][1],
            "ours": name == "entente",
        }
        for name in NAMES
    ]
    base = altair.Chart(altair.Data(values=rows)).encode(y=altair.Y("way:N", sort=list(NAMES.values()), title=None))
    bars = base.mark_bar(height=18).encode(
        x=altair.X("median:Q", title="last signatures projected per second"),
        color=altair.condition(altair.datum.ours, altair.value(LAVENDER), altair.value(PALE)),
    )
    spread = base.mark_rule(color=INK, strokeWidth=1.5).encode(x="least:Q", x2="most:Q")
    figures = base.mark_text(align="left", dx=8, color=INK).encode(
        x="most:Q", text=altair.Text("median:Q", format=",.0f")
    )
    described = f"{burst['machine']['cores']} cores, RabbitMQ and PostgreSQL on the same machine"
    return _dressed(
        (bars + spread + figures).properties(
            width=520, title={"text": "A burst of last signatures", "subtitle": described}
        )
    )


PROGRAMS = {"budget": LAVENDER, "partners": "#b3541e", "postgresql": "#2f6f5e", "rabbitmq": "#8a8794"}


def draw_memory(endurance: dict[str, Any]) -> altair.LayerChart:
    """Give one line per program: its memory as events are projected."""
    series, rate = endurance["series"], endurance["figures"]["all"]["median"]
    rows = [
        {"thousands": done / 1000, "megabytes": held, "program": name}
        for name in PROGRAMS
        for done, held in zip(series["projected"], series["memory_mb"][name], strict=True)
    ]
    ends = [
        row for row, following in zip(rows, [*rows[1:], {}], strict=True) if row["program"] != following.get("program")
    ]
    colours = altair.Color(
        "program:N", scale=altair.Scale(domain=list(PROGRAMS), range=list(PROGRAMS.values())), legend=None
    )
    place = {
        "x": altair.X("thousands:Q", title="thousands of last signatures projected"),
        "y": altair.Y("megabytes:Q", title="memory, MB", scale=altair.Scale(domainMin=0)),
    }
    lines = altair.Chart(altair.Data(values=rows)).mark_line(strokeWidth=2).encode(color=colours, **place)
    names = (
        altair.Chart(altair.Data(values=ends))
        .mark_text(align="left", dx=6)
        .encode(text="program:N", color=colours, **place)
    )
    described = f"{series['projected'][-1]:,} events at one go, {rate:,.0f} a second; the servers without shared memory"
    return _dressed(
        (lines + names).properties(width=520, height=240, title={"text": "Memory stays", "subtitle": described})
    )


def _dressed(chart: altair.LayerChart) -> altair.LayerChart:
    return (
        chart.configure(background=PAPER, font="Source Sans 3, sans-serif", padding={"right": 70})
        .configure_view(stroke=None)
        .configure_title(anchor="start", font="Source Serif 4, serif", fontSize=16, color=INK)
        .configure_axis(grid=False, domainColor=INK, labelColor=INK, titleColor=INK, labelLimit=220)
    )


PICTURES = {"burst": (draw, "speed.svg"), "endurance": (draw_memory, "memory.svg")}

if __name__ == "__main__":
    for name, (drawn, picture) in PICTURES.items():
        if (RESULTS / f"{name}.json").exists():
            drawn(json.loads((RESULTS / f"{name}.json").read_text())).save(DOCS / picture)
