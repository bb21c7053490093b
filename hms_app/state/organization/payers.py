"""The payers: a page of them, and the form in the drawer."""

from typing import ClassVar, Final

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import PayerInput, PayerKind
from hms_app.domain.organization.values.forms import PAYER_FORM
from hms_app.state.lists.entries import Entries, EntriesScreen
from hms_app.state.lists.kinds import CLOSED_TOO, Filter, ListKind, one_of
from hms_app.state.organization.rows import PayerItem, payer_item

PAYERS: Final = ListKind(
    name="payers",
    noun="payer",
    read=Permission.ORGANIZATION_PAYER_READ,
    export=Permission.ORGANIZATION_PAYER_READ,
    find=queries.list_payers,
    present=lambda row, _actor: payer_item(row),
    columns={
        "name": "Name",
        "kind_label": "Kind",
        "address": "Address",
        "phone": "Phone",
        "status": "Status",
    },
    filters=(Filter("only", "kind", one_of(PayerKind)), CLOSED_TOO),
    rights={"may_edit": Permission.ORGANIZATION_PAYER_EDIT},
)


class PayersState(EntriesScreen, rx.State):
    """What the screen of payers knows."""

    rows: list[PayerItem] = []
    listed: ClassVar = PAYERS
    entries: ClassVar = Entries(
        kind="payer",
        edit=Permission.ORGANIZATION_PAYER_EDIT,
        get=queries.get_payer,
        shown=payer_item,
        request=PayerInput,
        form=PAYER_FORM,
        add=service.add_payer,
        change=service.change_payer,
        close=service.close_payer,
        reopen=service.reopen_payer,
    )
