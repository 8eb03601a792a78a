"""Draws the burst's rates from `bench/results/burst.json` as `docs/speed.svg`: `python -m bench.chart`."""

import json
from pathlib import Path
from typing import Any

import altair

from bench.report import RESULTS

TARGET = Path(__file__).parent.parent / "docs" / "speed.svg"
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
    return (
        (bars + spread + figures)
        .properties(width=520, title={"text": "A burst of last signatures", "subtitle": described})
        .configure(background=PAPER, font="Source Sans 3, sans-serif")
        .configure_view(stroke=None)
        .configure_title(anchor="start", font="Source Serif 4, serif", fontSize=16, color=INK)
        .configure_axis(grid=False, domainColor=INK, labelColor=INK, titleColor=INK, labelLimit=220)
    )


if __name__ == "__main__":
    if (RESULTS / "burst.json").exists():
        draw(json.loads((RESULTS / "burst.json").read_text())).save(TARGET)
