"""From what one types in the form of an amendment to its typed changes, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """A change, and the field of the form that said it (a JSON pointer); `within` is where it stands in the change."""

    change: dict[str, Any]
    place: str
    within: str = ""


def filled(convention: Json, amendment: Json | None = None) -> dict[str, Any]:
    """Give what the form starts from: the convention as it is, with the changes of an amendment that is edited."""
    changes = amendment["changes"] if amendment else []
    period = {name: convention[name] for name in ("starts_on", "ends_on")}
    for each in _of(changes, "period"):
        period |= {name: each[name] for name in period if each.get(name)}
    return {
        **period,
        **({name: amendment[name] for name in ("title", "effective_on")} if amendment else {}),
        "tranches": [*_kept(convention, changes), *_added(changes)],
        "lines": [each["line"] for each in _of(changes, "line_added")],
        "joining": [each["party"] for each in _of(changes, "party_joins")],
        "leaving": [each["organisation_id"] for each in _of(changes, "party_leaves")],
        "actions": [{"action_id": each["action_id"]} for each in _of(changes, "action_added")],
        "clauses": _clauses(convention, changes),
    }


def _of(changes: Sequence[Json], kind: str) -> list[Json]:
    return [each for each in changes if each["kind"] == kind]


def _kept(convention: Json, changes: Sequence[Json]) -> Iterator[dict[str, Any]]:
    amounts = {each["tranche_id"]: each["amount"] for each in _of(changes, "amount")}
    moved = {each["tranche_id"]: each for each in _of(changes, "tranche_changed")}
    gone = {each["tranche_id"] for each in _of(changes, "tranche_removed")}
    for line in convention["lines"]:
        for tranche in line["tranches"]:
            number = tranche["tranche_id"]
            if number not in gone:
                shown = _shown(line["line_id"], {**tranche, **_when(moved.get(number))})
                yield {**shown, "tranche_id": number, "amount": amounts.get(number, tranche["amount"])}


def _when(moved: Json | None) -> dict[str, Any]:
    return {name: moved.get(name) for name in ("due_on", "year", "condition")} if moved else {}


def _added(changes: Sequence[Json]) -> Iterator[dict[str, Any]]:
    return (_shown(each["line_id"], each["tranche"]) for each in _of(changes, "tranche_added"))


def _shown(line_id: str, tranche: Json) -> dict[str, Any]:
    return {name: tranche.get(name) for name in ("amount", "due_on", "year", "condition")} | {"line_id": line_id}


def _clauses(convention: Json, changes: Sequence[Json]) -> list[dict[str, Any]]:
    found = {each["code"]: dict(each) for each in convention["clauses"]}
    for each in _of(changes, "clause"):
        found[each["clause"]["code"]] = dict(each["clause"])
    return [each for each in found.values() if each.get("text")]


def changes_of(convention: Json, told: Json) -> list[Said]:
    """Give the changes by which the convention becomes what the form says; those who leave and join come last."""
    return [
        *_period(convention, told),
        *(Said({"kind": "action_added", **each}, f"/actions/{place}") for place, each in enumerate(told["actions"])),
        *(_joining(place, each) for place, each in enumerate(told["joining"])),
        *(
            Said({"kind": "line_added", "line": each}, f"/lines/{place}", "line")
            for place, each in enumerate(told["lines"])
        ),
        *_tranches(convention, told["tranches"]),
        *_of_clauses(convention, told["clauses"]),
        *(Said({"kind": "party_leaves", "organisation_id": each}, "/leaving") for each in told["leaving"]),
    ]


def _period(convention: Json, told: Json) -> Iterator[Said]:
    changed = {name: told[name] for name in ("starts_on", "ends_on") if told[name] and told[name] != convention[name]}
    if changed:
        yield Said({"kind": "period", **changed}, "")


def _joining(place: int, party: Json) -> Said:
    return Said({"kind": "party_joins", "party": dict(party)}, f"/joining/{place}", "party")


def _tranches(convention: Json, told: Sequence[Json]) -> Iterator[Said]:
    known = {tranche["tranche_id"]: (line, tranche) for line in convention["lines"] for tranche in line["tranches"]}
    kept = set()
    for place, each in enumerate(told):
        line, before = known.get(each["tranche_id"], (None, None))
        here = f"/tranches/{place}"
        if line is None or before is None or line["line_id"] != each["line_id"]:
            facts = {name: each[name] for name in ("amount", "due_on", "year", "condition")}
            yield Said({"kind": "tranche_added", "line_id": each["line_id"], "tranche": facts}, here, "tranche")
            continue
        kept.add(before["tranche_id"])
        yield from (Said({**change, "tranche_id": before["tranche_id"]}, here) for change in _changed(before, each))
    yield from (
        Said({"kind": "tranche_removed", "tranche_id": number}, "/tranches") for number in known if number not in kept
    )


def _changed(before: Json, after: Json) -> Iterator[dict[str, Any]]:
    if after["amount"] != before["amount"]:
        yield {"kind": "amount", "amount": after["amount"]}
    year = after["year"] or int(str(after["due_on"])[:4] or 0)
    if (after["due_on"], year, after["condition"]) != (before["due_on"], before["year"], before["condition"]):
        yield {"kind": "tranche_changed", **{name: after[name] for name in ("due_on", "year", "condition")}}


def _of_clauses(convention: Json, told: Sequence[Json]) -> Iterator[Said]:
    known = {each["code"]: each for each in convention["clauses"]}
    for place, each in enumerate(told):
        before = known.get(each["code"])
        if before is None or (before["title"], before["text"]) != (each["title"], each["text"]):
            yield Said({"kind": "clause", "clause": dict(each)}, f"/clauses/{place}", "clause")
    codes = {each["code"] for each in told}
    yield from (
        Said({"kind": "clause", "clause": {"code": code}}, "/clauses", "clause") for code in known if code not in codes
    )


def place_of(pointer: str, said: Sequence[Said]) -> str:
    """Give the field that a service means by its pointer into the changes."""
    _, part, *rest = [*pointer.split("/"), ""]
    if part != "changes" or not rest[0].isdigit() or int(rest[0]) >= len(said):
        return pointer
    one = said[int(rest[0])]
    inner = [each for each in rest[1:] if each]
    if inner and inner[0] == one.within:
        inner = inner[1:]
    return "/".join([one.place, *inner])
