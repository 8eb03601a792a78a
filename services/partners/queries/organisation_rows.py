"""An organisation as its schemas say it, in a list and alone, written as JSON by the database (ADR 0016)."""

from sqlalchemy import Text, literal_column

_KNOWN = """
    'id', organisations.id,
    'name', organisations.name,
    'legal_form', organisations.legal_form,
    'siren', organisations.siren,
    'siret', organisations.siret,
    'typed_siren', organisations.typed_siren,
    'typed_siret', organisations.typed_siret,
    'identifier_flag', organisations.identifier_flag,
    'public', organisations.public,
    'funder', organisations.funder,
    'insee_code', organisations.insee_code,
    'population', organisations.population,
    'needs_mandate', organisations.needs_mandate,
    'may_sign', organisations.siren IS NOT NULL,
    'legal_category', organisations.legal_category,
    'rna', organisations.rna,
    'epci_siren', organisations.epci_siren,
    'siret_since', organisations.siret_since,
    'addresses', organisations.addresses,
    'merged_into_id', organisations.merged_into_id,
    'merged_on', organisations.merged_on"""

_FORMER = """
SELECT coalesce(json_agg(json_build_object(
    'kind', former.kind, 'value', former.value, 'since', former.since, 'until', former.until
) ORDER BY former.until DESC, former.id DESC), '[]')
FROM former_identifiers AS former WHERE former.organisation_id = organisations.id"""

_EPCI = """
SELECT json_build_object('id', body.id, 'name', body.name)
FROM organisations AS body WHERE body.siren = organisations.epci_siren"""

_MEMBERS = """
SELECT count(*) FROM organisations AS member
WHERE member.epci_siren = organisations.siren AND member.merged_into_id IS NULL"""

_DUPLICATES = """
SELECT coalesce(json_agg(json_build_object('id', duplicate.id, 'name', duplicate.name)
    ORDER BY duplicate.folded_name), '[]')
FROM organisations AS duplicate WHERE duplicate.merged_into_id = organisations.id"""

_TOLD = _KNOWN.replace("organisations.", "told.")

ROW = literal_column(
    f"""(
    SELECT CAST(json_build_object({_TOLD}) AS text) FROM organisations AS told WHERE told.id = organisations.id
)""",  # noqa: S608  made of these constants alone
    Text,
)
"""What a statement over organisations selects for a list; looked up apart, so that the page alone is written."""

WHOLE = literal_column(
    f"""CAST(json_build_object({_KNOWN},
    'former_identifiers', ({_FORMER}),
    'epci', ({_EPCI}),
    'members', ({_MEMBERS}),
    'duplicates', ({_DUPLICATES})
) AS text)""",
    Text,
)
"""The same for one organisation, with what it was known by before, its members and its duplicates."""
