"""The VAT basis of each draw: of the ceiling that counts it, else of the lines where those are all of one."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OF_THE_CEILING = """
    UPDATE mandate_draws AS draw SET vat_basis = authorisation.vat_basis
    FROM mandate_authorisations AS authorisation
    WHERE authorisation.id = draw.authorisation_id AND authorisation.ceiling IS NOT NULL
    AND draw.act = 'sign_conventions' AND draw.amount > 0 AND NOT draw.derogated
"""
OF_THE_LINES = """
    UPDATE mandate_draws AS draw SET vat_basis = line.vat_basis
    FROM (
        SELECT convention_id, organisation_id, min(vat_basis) AS vat_basis
        FROM convention_lines WHERE kind = 'cash'
        GROUP BY convention_id, organisation_id HAVING count(DISTINCT vat_basis) = 1
    ) AS line, mandates AS mandate
    WHERE mandate.id = draw.mandate_id AND line.organisation_id = mandate.organisation_id
    AND line.convention_id = coalesce(
        (SELECT amendment.convention_id FROM amendments AS amendment WHERE amendment.id = draw.subject_id),
        draw.subject_id
    )
    AND draw.act = 'sign_conventions' AND draw.amount > 0 AND draw.vat_basis IS NULL
"""


def upgrade() -> None:
    op.add_column("mandate_draws", sa.Column("vat_basis", sa.String(30)))
    op.execute(OF_THE_CEILING)
    op.execute(OF_THE_LINES)
