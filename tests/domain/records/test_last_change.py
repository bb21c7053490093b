"""Who changed a row last, for whoever has it on screen."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotSignedIn
from hms_app.domain.organization.service import change_payer
from hms_app.domain.organization.values import PayerInput
from hms_app.domain.records.queries import last_change
from tests.factories.organization import make_payer


def test_who_changed_a_row_last_is_named_and_when(connection: sa.Connection, everyone_allowed: Actor) -> None:
    with db.transaction() as session:
        payer = make_payer(session)
    for version, name in ((1, "Ada"), (2, "Bea")):
        request = PayerInput.from_form({"name": f"Kasse {name}", "kind": "private"})
        with db.transaction() as session:
            actor = replace(everyone_allowed, name=name)
            change_payer(session, actor, payer_id=payer.id, version=version, request=request)
    with db.transaction() as session:
        moment = session.execute(sa.text("SELECT max(occurred_at) FROM audit_entry")).scalar_one()
        said = last_change(session, everyone_allowed, table="payer", row_id=payer.id)
        assert said == f"Changed by Bea, {everyone_allowed.locale.moment(moment)}."


def test_a_row_that_nobody_changed_here_has_nobody_named(
    connection: sa.Connection, everyone_allowed: Actor
) -> None:
    with db.transaction() as session:
        payer = make_payer(session)
    with db.transaction() as session:
        assert last_change(session, everyone_allowed, table="payer", row_id=payer.id) == "Changed meanwhile."
        with pytest.raises(NotSignedIn):
            last_change(session, Actor.nobody(), table="payer", row_id=payer.id)
