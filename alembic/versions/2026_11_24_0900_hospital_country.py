"""The hospital's country becomes a code: it says how phone numbers are read and written."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from babel import Locale
from babel.core import get_global

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_USUAL = {"USA": "US", "U.S.A.": "US", "U.S.": "US", "UK": "GB", "GREAT BRITAIN": "GB", "ENGLAND": "GB"}


def upgrade() -> None:
    """Read the country's name as a code, or take the country of the time zone."""
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT country, zone_name, language FROM hospital")).first()
    if found is not None:
        code = _code(found.country, found.language) or str(
            get_global("zone_territories").get(found.zone_name, "")
        )
        connection.execute(sa.text("UPDATE hospital SET country = :code"), {"code": code})
    op.create_check_constraint(op.f("ck_hospital_country_code"), "hospital", "country ~ '^([A-Z]{2})?$'")


def downgrade() -> None:
    """Let the country be any text again; the codes stay."""
    op.drop_constraint(op.f("ck_hospital_country_code"), "hospital", type_="check")


def _code(name: str, language: str) -> str:
    wanted = name.strip().upper()
    names = {
        text.upper(): code
        for words in (language, "en")
        for code, text in Locale.parse(words).territories.items()
        if len(code) == 2 and code.isalpha()
    }
    return _USUAL.get(wanted) or names.get(wanted, wanted if wanted in names.values() else "")
