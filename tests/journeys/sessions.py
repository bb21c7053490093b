"""What a clock or an administrator does to the sessions of a running hospital, done to its rows."""

from pathlib import Path

import sqlalchemy as sa

from hms_app.config import Settings
from hms_app.runtime.database import open_database
from tests.journeys.conftest import Hospital

_OF = "WHERE ended_at IS NULL AND user_id = (SELECT id FROM app_user WHERE email = :email)"
_END = sa.text(f"UPDATE user_session SET ended_at = now() {_OF}")
_EXPIRE = sa.text(f"UPDATE user_session SET expires_at = now() + make_interval(secs => :seconds) {_OF}")


def end_sessions(hospital: Hospital, email: str) -> None:
    """Somebody else ends every session of this person."""
    _change(hospital, _END, email=email)


def let_sessions_end_in(hospital: Hospital, email: str, seconds: int) -> None:
    """Their hours are nearly over."""
    _change(hospital, _EXPIRE, email=email, seconds=seconds)


def _change(hospital: Hospital, statement: sa.TextClause, **values: object) -> None:
    settings = Settings(data_dir=Path(hospital.environment["HMS_DATA_DIR"]) / "demo")
    with open_database(settings) as database:
        engine = sa.create_engine(database.owner_url, poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            assert connection.execute(statement, values).rowcount > 0
        engine.dispose()
