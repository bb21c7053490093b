"""The table of somebody's live sessions, the same on one's own page and on the administrator's."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from hms_app import components as kit


def session_table(
    rows: rx.Var[Any], *, label: str, loading: rx.Var[bool], on_end: Callable[[Any], Any], **options: Any
) -> rx.Component:
    """One row a device; `on_end(row)` is the event of its button, which the device in use here lacks."""
    columns = [
        kit.Column("device", "Device", cell=_device, phone="title"),
        kit.Column("ip_address", "From"),
        kit.Column("started_at", "Signed in"),
        kit.Column("last_seen_at", "Last active"),
        kit.Column("is_locked", "Status", cell=_status),
        kit.Column("act", "", cell=lambda row: _end(row, on_end)),
    ]
    return kit.data_table(columns, rows, label=label, loading=loading, skeleton_rows=2, **options)


def _device(row: Any) -> rx.Component:
    return kit.row(
        row["device"],
        rx.cond(row["is_current"], kit.badge("This device", tone="accent", plain=True), rx.fragment()),
    )


def _status(row: Any) -> rx.Component:
    return rx.cond(
        row["is_locked"], kit.badge("Locked", tone="neutral", icon="lock"), kit.badge("Open", tone="success")
    )


def _end(row: Any, on_end: Callable[[Any], Any]) -> rx.Component:
    return rx.cond(
        row["is_current"],
        rx.fragment(),
        kit.button("End", size="small", aria_label=f"End {row['device']}", on_click=on_end(row)),
    )
