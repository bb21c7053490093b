"""The payers: a page of them, and the form in the drawer."""

from typing import ClassVar

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import PayerRequest, PayerRow
from hms_app.domain.organization.values.forms import PAYER_FORM
from hms_app.state.organization.lists import Entries, ListScreen


class PayersState(ListScreen, rx.State):
    """What the screen of payers knows."""

    rows: list[PayerRow] = []
    entries: ClassVar = Entries(
        kind="payer",
        read=Permission.ORGANIZATION_PAYER_READ,
        edit=Permission.ORGANIZATION_PAYER_EDIT,
        find_page=queries.list_payers,
        get=queries.get_payer,
        request=PayerRequest,
        form=PAYER_FORM,
        add=service.add_payer,
        change=service.change_payer,
        close=service.close_payer,
        reopen=service.reopen_payer,
        narrow=lambda choice: {"kind": choice},
    )
