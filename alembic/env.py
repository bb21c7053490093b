"""Alembic's entry: compares and migrates the tables of every domain over the connection it is given."""

from importlib import import_module
from pkgutil import walk_packages

from alembic import context
from sqlmodel import SQLModel

import hms_app.domain


def import_all_tables() -> None:
    """Fill the metadata: every module or package named `tables` below `hms_app.domain`."""
    for module in walk_packages(hms_app.domain.__path__, "hms_app.domain."):
        if "tables" in module.name.split("."):
            import_module(module.name)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is this application's: the queue's own come with its release."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


import_all_tables()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=is_ours,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=False,
    user_module_prefix="sqlmodel.",
)
with context.begin_transaction():
    context.run_migrations()
