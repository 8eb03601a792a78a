"""The row of an amendment in a list, as `AmendmentSummaryOut` says it, written as JSON by the database (ADR 0016)."""

from sqlalchemy import Text, literal_column

_PARTIES = """
SELECT coalesce(json_agg(json_build_object(
    'organisation_id', party.organisation_id,
    'name', organisation.name,
    'role', party.role,
    'signed_on', signature.signed_on,
    'joined_on', CASE WHEN party.joins THEN coalesce(amendments.in_force_on, amendments.effective_on) END,
    'left_on', CASE WHEN party.leaves THEN coalesce(amendments.in_force_on, amendments.effective_on) END
) ORDER BY party.position), '[]')
FROM amendment_parties AS party
JOIN organisations AS organisation ON organisation.id = party.organisation_id
LEFT JOIN amendment_signatures AS signature ON signature.amendment_id = party.amendment_id
    AND signature.organisation_id = party.organisation_id AND signature.revision = amendments.revision
WHERE party.amendment_id = amendments.id"""

ROW = literal_column(
    f"""CAST(json_build_object(
    'id', amendments.id,
    'convention_id', amendments.convention_id,
    'convention_reference', conventions.reference,
    'programme_code', conventions.programme_code,
    'number', amendments.number,
    'reference', conventions.reference || ' avenant n° ' || amendments.number,
    'title', amendments.title,
    'status', amendments.status,
    'revision', amendments.revision,
    'effective_on', amendments.effective_on,
    'proposed_on', amendments.proposed_on,
    'in_force_on', amendments.in_force_on,
    'ended_on', amendments.ended_on,
    'differences', amendments.differences,
    'parties', ({_PARTIES})
) AS text)""",
    Text,
)
"""What a statement over amendments and their conventions selects."""
