"""A form: filled from what a service knows or from what was typed, sent once, and kept with the reason when refused."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import wtforms
from flask import flash, redirect, render_template, request
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response

from chassis.identifiers import new_id
from console.forms.refusals import SILENT, said
from console.language import say
from console.services import Answer, Question
from console.sessions import ask_one, needed

KEY, VERSION, CHANGE = "_key", "_version", "_change"
PATIENCE = 20
"""How often a form asks again while its twin of a double click is being answered, a quarter of a second apart."""


class Row(wtforms.Form):
    """Fields that stand together: a line of a form, or the form itself."""

    def process(
        self, formdata: Any = None, obj: Any = None, data: Any = None, extra_filters: Any = None, **facts: Any
    ) -> None:
        """Fill the fields from a service's JSON, each from its place."""
        known = {**(data or {}), **facts}
        found = {name: _dig(known, field.at) for name, field in self._fields.items() if field.at[0] in known}
        super().process(formdata, obj, found, extra_filters)

    def facts(self) -> dict[str, Any]:
        """Give what was said as JSON, each field in its place."""
        told: dict[str, Any] = {}
        for field in self:
            if field.kind != "file":
                _put(told, field.at, field.fact())
        return told

    @property
    def blank(self) -> bool:
        """Whether nothing was said."""
        return all(field.blank for field in self)

    def check(self) -> None:
        """Note what is wrong as far as the page itself can tell."""
        for field in self:
            field.check()

    def places(self, pointer: str = "", within: str = "") -> Iterator[tuple[str, Any, str]]:
        """Give each field with its JSON pointer and where it stands in words."""
        for field in self:
            here = f"{pointer}/{'/'.join(field.at)}"
            yield here, field, within
            if field.is_several:
                for number, row in enumerate(field.told):
                    place = f"{within}{say(field.each)} {number + 1}, "
                    yield from row.places(f"{here}/{number}", place)

    def everywhere(self) -> Iterator[Any]:
        """Give each field, those of all lines included."""
        for field in self:
            yield field
            if field.is_several:
                for row in field.rows:
                    yield from row.everywhere()


@dataclass(frozen=True)
class Wrong:
    """One line of the summary: what is wrong, and the field to go to."""

    words: str
    label: str = ""
    field_id: str | None = None


class Form(Row):
    """A form that posts to a service; `read` it, let it go, else show it again.

    `doors` lead to what stands in its way: what a link says, and its address.
    """

    key: str
    version: str | None = None
    shown: str | None = None
    present: Mapping[str, Any] = {}
    edits: Question | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        self.beyond: list[str] = []
        self.doors: list[tuple[str, str]] = []
        self.differing: list[tuple[str, str, str]] = []
        super().__init__(*args, **more)

    @classmethod
    def read(cls, *, edits: Question | None = None, version: str | None = None, **start: Any) -> "Form":
        """Give the form as it was sent, else filled.

        `edits` asks for the text that it changes: the form starts from it, and names its version (If-Match). A form
        that only speaks of a version, as a signature does, is given the `version` that its page shows.
        """
        found = needed(ask_one(edits)) if edits else None
        known = {**(found.body if found else {}), **start}
        typed: Any = CombinedMultiDict([request.files, request.form]) if request.method == "POST" else None
        form = cls(typed, data=known)
        form.edits, form.present = edits, known
        form.key = request.form.get(KEY) or str(new_id())
        form.version = request.form.get(VERSION) or version or (found.etag if found else None)
        form.shown = version
        form.change(request.form.get(CHANGE, ""))
        return form

    @property
    def sent(self) -> bool:
        """Whether it was sent to be done, and not to get one more line."""
        return request.method == "POST" and not request.form.get(CHANGE)

    def change(self, asked: str) -> None:
        """Add or remove a line, as a button asks: `add parties`, `remove lines-0-tranches-1`."""
        verb, _, name = asked.partition(" ")
        around, _, number = name.rpartition("-")
        lists = {field.name: field for field in self.everywhere() if field.is_several}
        if verb == "add" and name in lists:
            lists[name].append_entry()
        if verb == "remove" and around in lists and number in [str(each.index) for each in lists[around].entries]:
            lists[around].pop_entry(int(number))

    def goes(self, question: Question) -> bool:
        """Send it; False when it does not stand, with what is wrong at each field."""
        self.check()
        if self.wrong:
            return False
        headers = {"Idempotency-Key": self.key, **({"If-Match": self.version} if self.version else {})}
        self.answer = self._answer(replace(question, headers={**headers, **question.headers}))
        if self.answer.status == 412:
            return self._meets_another_version()
        if not self.answer.ok:
            self.refuse(self.answer)
        return self.answer.ok

    answer: Answer

    def _answer(self, question: Question) -> Answer:
        """Ask, and ask again while the twin of a double click is being answered: its answer is this one's too."""
        answer = ask_one(question)
        for _ in range(PATIENCE):
            if not _type(answer).endswith("still-being-answered"):
                break
            time.sleep(0.25)
            answer = ask_one(question)
        return answer

    def _meets_another_version(self) -> bool:
        """Show both versions; a text that already says just this was saved by this form's own first click."""
        if self.edits is None:
            self.beyond = [say("The text changed while you were reading: this is the new one. Read it, then decide.")]
            self.version = self.shown
            return False
        found = needed(ask_one(self.edits))
        theirs = type(self)(data=found.body)
        self.differing = list(differences(self, theirs))
        if not self.differing:
            return True
        self.version = found.etag
        self.beyond = [say("Somebody changed this meanwhile. Compare the two: sending again replaces theirs by yours.")]
        return False

    def refuse(self, answer: Answer) -> None:
        """Put the reasons of a refusal at their fields; what belongs to none stands above."""
        if answer.silent:
            self.beyond.append(say(SILENT))
            return
        places = {pointer: field for pointer, field, _ in self.places()}
        errors = answer.body.get("errors") or []
        for error in errors:
            self.blame(places, str(error.get("pointer", "")), said(str(error.get("detail", ""))))
        if not errors:
            self.beyond.append(said(answer.detail))

    def blame(self, places: Mapping[str, Any], pointer: str, words: str) -> None:
        """Put a reason at the field that the pointer means, or at the one around it."""
        while pointer and pointer not in places:
            pointer = pointer.rpartition("/")[0]
        blamed = places[pointer].wrong if pointer else self.beyond
        if words not in blamed:
            blamed.append(words)

    @property
    def wrong(self) -> list[Wrong]:
        """Everything that is wrong, from above to below."""
        above = [Wrong(words) for words in self.beyond]
        at_fields = [
            Wrong(words, f"{within}{say(field.label.text)}", field.id)
            for _, field, within in self.places()
            for words in field.wrong
        ]
        return above + at_fields

    @property
    def uploads(self) -> bool:
        """Whether it carries a file."""
        return any(field.kind == "file" for field in self)

    def page(self, template: str = "form.html", **facts: Any) -> tuple[str, int]:
        """Show it, with what is wrong; 422 when it was refused."""
        return render_template(template, form=self, **facts), 422 if self.wrong else 200


def done(words: str, address: str) -> Response:
    """Say what was done, on the page that shows it."""
    flash(words, "sage")
    return redirect(address, 303)


def differences(mine: Form, theirs: Form) -> Iterator[tuple[str, str, str]]:
    """Give what two versions say differently: where, mine, theirs."""
    here, there = _spoken(mine), _spoken(theirs)
    for place in [*here, *(each for each in there if each not in here)]:
        if here.get(place, "") != there.get(place, ""):
            yield place, here.get(place, ""), there.get(place, "")


def _spoken(form: Form) -> dict[str, str]:
    return {
        f"{within}{say(field.label.text)}": field.spoken()
        for _, field, within in form.places()
        if not field.is_several and field.kind not in ("hidden", "file")
    }


def _type(answer: Answer) -> str:
    return str(answer.body.get("type", "")) if isinstance(answer.body, dict) else ""


def _dig(facts: Any, at: tuple[str, ...]) -> Any:
    for name in at:
        facts = facts.get(name) if isinstance(facts, Mapping) else None
    return facts


def _put(facts: dict[str, Any], at: tuple[str, ...], value: Any) -> None:
    *around, name = at
    for each in around:
        facts = facts.setdefault(each, {})
    facts[name] = value
