"""A mandate as `MandateOut` says it, with what remains of it, written as JSON by the database (ADR 0016)."""

from sqlalchemy import Text, literal_column

from services.partners.domain.authorisation import BEARING_MONEY

_DRAWS = f"""
SELECT coalesce(json_agg(json_build_object(
    'act', named.act,
    'drawn', CAST(coalesce(taken.amount, 0.00) AS text),
    'drawn_by_vat_basis', coalesce(taken.by_vat_basis, '[]'),
    'remaining', CAST(authorisation.ceiling - coalesce(taken.amount, 0.00) AS text)
) ORDER BY named.place), '[]')
FROM unnest(authorisation.acts) WITH ORDINALITY AS named (act, place)
LEFT JOIN LATERAL (
    SELECT sum(kept.amount) AS amount, json_agg(json_build_object(
        'vat_basis', kept.vat_basis,
        'amount', CAST(kept.amount AS text)
    ) ORDER BY kept.vat_basis DESC NULLS LAST) AS by_vat_basis
    FROM (
        SELECT draw.vat_basis, sum(draw.amount) AS amount FROM mandate_draws AS draw
        WHERE draw.authorisation_id = authorisation.id AND draw.act = named.act AND draw.given_back_on IS NULL
        GROUP BY draw.vat_basis HAVING sum(draw.amount) <> 0
    ) AS kept
) AS taken ON true
WHERE named.act IN ({", ".join(f"'{act}'" for act in sorted(BEARING_MONEY))})"""  # noqa: S608  made of constants alone

_AUTHORISATIONS = f"""
SELECT coalesce(json_agg(json_build_object(
    'id', authorisation.id,
    'label', authorisation.label,
    'acts', authorisation.acts,
    'counterparties', authorisation.counterparties,
    'ceiling', CAST(authorisation.ceiling AS text),
    'vat_basis', authorisation.vat_basis,
    'starts_on', authorisation.starts_on,
    'ends_on', authorisation.ends_on,
    'signatories', authorisation.signatories,
    'draws', ({_DRAWS})
) ORDER BY authorisation.position), '[]')
FROM mandate_authorisations AS authorisation WHERE authorisation.mandate_id = mandates.id"""  # noqa: S608  made of constants alone

_AUTHORISES = """
SELECT coalesce(json_agg(named.act ORDER BY named.first), '[]') FROM (
    SELECT act, min(ARRAY[authorisation.position, place]) AS first
    FROM mandate_authorisations AS authorisation, unnest(authorisation.acts) WITH ORDINALITY AS each (act, place)
    WHERE authorisation.mandate_id = mandates.id GROUP BY act
) AS named"""

_DELEGATIONS = """
SELECT coalesce(json_agg(json_build_object(
    'id', delegation.id,
    'name', delegation.name,
    'capacity', delegation.capacity,
    'document', delegation.document,
    'starts_on', delegation.starts_on,
    'ends_on', delegation.ends_on,
    'recorded_by', delegation.recorded_by
) ORDER BY delegation.id), '[]')
FROM mandate_delegations AS delegation WHERE delegation.mandate_id = mandates.id"""

ROW = literal_column(
    f"""CAST(json_build_object(
    'id', mandates.id,
    'organisation_id', mandates.organisation_id,
    'organisation_name', (SELECT name FROM organisations WHERE organisations.id = mandates.organisation_id),
    'number', mandates.number,
    'title', mandates.title,
    'body', mandates.body,
    'adopted_on', mandates.adopted_on,
    'transmitted_on', mandates.transmitted_on,
    'published_on', mandates.published_on,
    'enforceable_since', mandates.enforceable_since,
    'commission', mandates.commission,
    'commission_opinion', mandates.commission_opinion,
    'unanimous', mandates.unanimous,
    'votes_for', mandates.votes_for,
    'votes_against', mandates.votes_against,
    'abstentions', mandates.abstentions,
    'authorises', ({_AUTHORISES}),
    'authorisations', ({_AUTHORISATIONS}),
    'delegations', ({_DELEGATIONS}),
    'corrects', mandates.corrects,
    'corrected_by', mandates.corrected_by,
    'fixed', EXISTS (SELECT FROM mandate_draws AS draw WHERE draw.mandate_id = mandates.id) OR EXISTS (
        SELECT FROM mandate_draws AS draw JOIN mandate_authorisations AS own ON own.id = draw.authorisation_id
        WHERE own.mandate_id = mandates.id
    )
) AS text)""",  # noqa: S608  made of constants alone
    Text,
)
"""What a statement over mandates selects."""
