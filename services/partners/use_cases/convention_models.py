"""How a programme writes its conventions: change the model, fill its clauses."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import InvalidInput, NotFound, RuleBroken
from contracts.partners import ContributionKind
from services.partners.domain.convention_model import ClauseTemplate, ConventionModel, fill, frame_of
from services.partners.domain.convention_terms import ZERO, ClauseTerms, Known, Terms


@dataclass(frozen=True, kw_only=True)
class ClauseWanted:
    """A clause as one asks for it: a template and values for its placeholders, or a title and a text of one's own."""

    code: str
    title: str | None = None
    text: str | None = None
    values: dict[str, str] = field(default_factory=dict)


def model_of(session: Session, programme_code: str, *, lock: bool = False, keep: bool = False) -> ConventionModel:
    """Give the model of a programme's conventions; `lock` it to change it, `keep` it as it is until the commit.

    Raises NotFound.
    """
    found = session.get(ConventionModel, programme_code, with_for_update={"read": keep} if lock or keep else None)
    if found is None:
        raise NotFound(f"Programme {programme_code} is not known here: define it first, or try again soon.")
    return found


def change_model(
    session: Session, model: ConventionModel, *, reference_pattern: str, clauses: Sequence[ClauseTemplate]
) -> ConventionModel:
    """Replace a programme's model.

    Raises InvalidInput for a pattern that could give a reference twice, RuleBroken where another programme has it.
    """
    statement = select(ConventionModel.programme_code).where(
        ConventionModel.frame == frame_of(reference_pattern),
        ConventionModel.programme_code != model.programme_code,
    )
    if other := session.scalar(statement):
        raise RuleBroken(f"Programme {other} writes its references so: choose another pattern, or they would be mixed.")
    model.change(reference_pattern, tuple(clauses))
    return model


def filled(terms: Terms, wanted: Sequence[ClauseWanted], model: ConventionModel | None, known: Known) -> Terms:
    """Give the terms with the clauses that were asked for, their placeholders filled.

    Raises InvalidInput where a clause has neither a text nor a template, or a placeholder lacks its value.
    """
    facts = _facts(terms, known)
    clauses = [_clause(each, model, facts, f"/clauses/{place}") for place, each in enumerate(wanted)]
    return replace(terms, clauses=tuple(clauses))


def _clause(wanted: ClauseWanted, model: ConventionModel | None, facts: dict[str, str], pointer: str) -> ClauseTerms:
    template = model.template(wanted.code) if model else None
    if wanted.text is None and template is None:
        reason = f"The programme has no clause {wanted.code}: write its text, or add it to the programme's model."
        raise InvalidInput(reason, {f"{pointer}/code": [reason]})
    text = wanted.text or fill(template, {**facts, **wanted.values}, pointer=pointer)  # type: ignore[arg-type]
    return ClauseTerms(code=wanted.code, title=wanted.title or (template.title if template else wanted.code), text=text)


def _facts(terms: Terms, known: Known) -> dict[str, str]:
    """What every clause may speak of without being told: written as in a French text."""
    names = [
        known.organisations[each.organisation_id].name
        for each in terms.parties
        if each.organisation_id in known.organisations
    ]
    cash = sum((line.amount for line in terms.lines if line.kind is ContributionKind.CASH), ZERO)
    return {
        "title": terms.title,
        "programme": known.programme.title if known.programme else terms.programme_code,
        "starts_on": f"{terms.starts_on:%d/%m/%Y}",
        "ends_on": f"{terms.ends_on:%d/%m/%Y}",
        "parties": ", ".join(names),
        "cash": _euros(cash),
    }


def _euros(amount: Decimal) -> str:
    return f"{amount:,.2f} €".replace(",", "\u202f").replace(".", ",")
