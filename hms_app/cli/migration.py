"""`migration`: for developers, write the next migration from what the tables say."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import sqlalchemy as sa
import typer
from alembic import command

from hms_app.config import get_settings
from hms_app.runtime.database import alembic_config, migrate, open_database


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migration")(write_migration)


def write_migration(
    message: Annotated[str, typer.Argument(help="What it does, like: add appointment overlap")],
) -> None:
    """Write the migration that brings an empty database from the newest version to the tables as they are."""
    with TemporaryDirectory() as directory:
        settings = get_settings().model_copy(update={"data_dir": Path(directory), "database_url": None})
        with open_database(settings) as database:
            migrate(database.owner_url)
            engine = sa.create_engine(database.owner_url, poolclass=sa.pool.NullPool)
            with engine.connect() as connection:
                config = alembic_config()
                config.attributes["connection"] = connection
                command.revision(config, message=message, autogenerate=True)
            engine.dispose()
