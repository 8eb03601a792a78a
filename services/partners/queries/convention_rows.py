"""The row of a convention in a list, as `ConventionSummaryOut` says it, written as JSON by the database (ADR 0016)."""

from sqlalchemy import Text, literal_column

_PARTIES = """
SELECT coalesce(json_agg(json_build_object(
    'organisation_id', party.organisation_id,
    'name', organisation.name,
    'role', party.role,
    'signed_on', coalesce(signature.signed_on, party.joined_on),
    'joined_on', party.joined_on,
    'left_on', party.left_on
) ORDER BY party.position), '[]')
FROM convention_parties AS party
JOIN organisations AS organisation ON organisation.id = party.organisation_id
LEFT JOIN convention_signatures AS signature ON signature.convention_id = party.convention_id
    AND signature.organisation_id = party.organisation_id AND signature.version = conventions.signed_version
WHERE party.convention_id = conventions.id"""

_CONTRIBUTIONS = """
SELECT coalesce(json_agg(json_build_object(
    'organisation_id', promised.organisation_id,
    'kind', promised.kind,
    'vat_basis', promised.vat_basis,
    'amount', CAST(promised.amount AS text),
    'passed_on', CAST(promised.passed_on AS text)
) ORDER BY promised.position), '[]')
FROM (
    SELECT line.organisation_id, line.kind, line.vat_basis,
        sum(tranche.amount) AS amount, min(line.position) AS position,
        sum(CASE WHEN line.passes_on IS NULL THEN 0.00 ELSE tranche.amount END) AS passed_on
    FROM convention_lines AS line JOIN convention_tranches AS tranche ON tranche.line_id = line.id
    WHERE line.convention_id = conventions.id
    GROUP BY line.organisation_id, line.kind, line.vat_basis
) AS promised"""

_ACTIONS = """
SELECT coalesce(json_agg(json_build_object(
    'action_id', served.action_id,
    'action_code', action.code,
    'contributed_to', EXISTS (
        SELECT FROM convention_lines AS line
        WHERE line.convention_id = served.convention_id AND line.action_id = served.action_id
    )
) ORDER BY served.position), '[]')
FROM convention_actions AS served JOIN known_actions AS action ON action.id = served.action_id
WHERE served.convention_id = conventions.id"""

ROW = literal_column(
    f"""CAST(json_build_object(
    'id', conventions.id,
    'reference', conventions.reference,
    'title', conventions.title,
    'programme_code', conventions.programme_code,
    'status', conventions.status,
    'version', conventions.version,
    'revision', conventions.revision,
    'starts_on', conventions.starts_on,
    'ends_on', conventions.ends_on,
    'illustrative', conventions.illustrative,
    'proposed_on', conventions.proposed_on,
    'in_force_on', conventions.in_force_on,
    'ended_on', conventions.ended_on,
    'amendment_number', conventions.amendment_number,
    'amended_on', conventions.amended_on,
    'parties', ({_PARTIES}),
    'contributions', ({_CONTRIBUTIONS}),
    'actions', ({_ACTIONS})
) AS text)""",
    Text,
)
"""What a statement over conventions selects; nothing is read that the row does not tell."""
