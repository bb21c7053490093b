"""The permission matrix: changes are collected here and saved together."""

from typing import Any, TypedDict

import reflex as rx
from pydantic import ValidationError
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.security import queries, service
from hms_app.domain.security.values import RoleEdit, RoleInput, RoleMatrix, RoleRow
from hms_app.state.base import ScreenState, handles
from hms_app.state.replies import say
from hms_app.state.security.users import Choice, problems_of

DOMAIN_WORDS = {
    "audit": "Audit trail",
    "clinical": "Clinical record",
    "interop": "Files in and out",
    "organization": "Hospital",
    "patients": "Patients",
    "portal": "Portal",
    "security": "Users and roles",
}


class Cell(TypedDict):
    """Whether a role gives a permission, and whether that is a change not saved yet."""

    id: str
    role_id: str
    role: str
    held: bool
    changed: bool


class PermissionLine(TypedDict):
    """One line of the matrix; `heading` is filled in on the first line of its domain."""

    id: str
    heading: str
    sentence: str
    cells: list[Cell]


class RolesState(ScreenState, rx.State):
    """The matrix as it is saved, with the changes made on top of it."""

    roles: list[RoleRow] = []
    lines: list[PermissionLine] = []
    changes: int = 0
    saved_as: str = ""
    """The versions of the roles that the changes are made on; others' changes make another matrix of it."""
    may_edit: bool = False
    dialog: str = ""
    edited_id: str = ""
    edited_name: str = ""
    edited_description: str = ""
    copy_choices: list[Choice] = []

    @handles(Permission.SECURITY_ROLE_READ)
    async def load(self) -> None:
        """Read the matrix; changes not saved are dropped."""
        self.dialog = ""
        await self._read()

    @handles(Permission.SECURITY_ROLE_EDIT)
    async def toggle(self, role_id: str, permission: str) -> None:
        """Change one cell of the draft."""
        for line in self.lines:
            if line["id"] == permission:
                for cell in line["cells"]:
                    if cell["role_id"] == role_id:
                        cell["held"], cell["changed"] = not cell["held"], not cell["changed"]
        self.changes = sum(cell["changed"] for line in self.lines for cell in line["cells"])

    @handles(Permission.SECURITY_ROLE_EDIT)
    async def save(self) -> Any:
        """Save every changed role in one transaction."""
        saved = await self._run(_edit_roles, edits=self._edits())
        if saved is None:
            return None
        await self._read()
        return say("Roles saved. They count at once.")

    @handles(Permission.SECURITY_ROLE_READ)
    async def open_new(self) -> None:
        """Show the form of a new role."""
        self.copy_choices = [{"value": role["id"], "label": role["name"]} for role in self.roles]
        self.problem, self.problems, self.dialog = "", {}, "new"

    @handles(Permission.SECURITY_ROLE_EDIT)
    async def make(self, form: dict[str, Any]) -> Any:
        """Make a role, empty or as a copy."""
        try:
            request = RoleInput(
                name=str(form.get("name", "")),
                description=str(form.get("description", "")),
                copy_of_role_id=key_of(form.get("copy_of_role_id")),
            )
        except ValidationError as refusal:
            self.problem, self.problems = "Some fields need your attention.", problems_of(refusal)
            return None
        if await self._run(service.make_role, request=request) is None:
            return None
        self.dialog = ""
        await self._read()
        return say(f"{request.name} is a role now. Tick what it allows.")

    @handles(Permission.SECURITY_ROLE_EDIT)
    async def open_edit(self, role_id: str) -> None:
        """Show a role's name and description to change."""
        role = next((role for role in self.roles if role["id"] == str(role_id)), None)
        if role is not None:
            self.edited_id, self.edited_name = role["id"], role["name"]
            self.edited_description = role["description"]
            self.problem, self.problems, self.dialog = "", {}, "edit"

    @handles(Permission.SECURITY_ROLE_EDIT)
    async def rename(self, form: dict[str, Any]) -> Any:
        """Save the name and description; the role's saved permissions stay."""
        role = next((role for role in self.roles if role["id"] == self.edited_id), None)
        if role is None:
            return None
        try:
            request = RoleEdit(
                name=str(form.get("name", "")),
                description=str(form.get("description", "")),
                permissions=self._permissions(role["id"], saved=True),
                version=int(role["version"]),
            )
        except ValidationError as refusal:
            self.problem, self.problems = "Some fields need your attention.", problems_of(refusal)
            return None
        if await self._run(_edit_roles, edits=[(int(role["id"]), request)]) is None:
            return None
        self.dialog = ""
        await self._read()
        return say("Role saved.")

    @handles(Permission.SECURITY_ROLE_READ)
    async def close_dialog(self) -> None:
        """Close the dialog."""
        self.problem, self.problems, self.dialog = "", {}, ""

    def _edits(self) -> list[tuple[int, RoleEdit]]:
        changed = {cell["role_id"] for line in self.lines for cell in line["cells"] if cell["changed"]}
        return [
            (
                int(role["id"]),
                RoleEdit(
                    name=role["name"],
                    description=role["description"],
                    permissions=self._permissions(role["id"]),
                    version=int(role["version"]),
                ),
            )
            for role in self.roles
            if role["id"] in changed
        ]

    def _permissions(self, role_id: str, *, saved: bool = False) -> list[Permission]:
        return [
            Permission(line["id"])
            for line in self.lines
            for cell in line["cells"]
            if cell["role_id"] == role_id and cell["held"] != (saved and cell["changed"])
        ]

    async def _read(self) -> None:
        found = await self._run(_matrix)
        self.is_loading = False
        if found is None:
            return
        matrix, self.may_edit = found
        self.roles, self.lines, self.changes = list(matrix.roles), lines_of(matrix), 0
        self.saved_as = ".".join(f"{role['id']}-{role['version']}" for role in matrix.roles)


def lines_of(matrix: RoleMatrix) -> list[PermissionLine]:
    """The matrix line by line, the domains one after the other."""
    lines: list[PermissionLine] = []
    domain = ""
    for row in matrix.rows:
        cells: list[Cell] = [
            {
                "id": f"{role['id']}-{row['permission']}",
                "role_id": role["id"],
                "role": role["name"],
                "held": held,
                "changed": False,
            }
            for role, held in zip(matrix.roles, row["held"], strict=True)
        ]
        heading = DOMAIN_WORDS.get(row["domain"], row["domain"]) if row["domain"] != domain else ""
        domain = row["domain"]
        lines.append(
            {
                "id": row["permission"],
                "heading": heading,
                "sentence": row["sentence"].rstrip("."),
                "cells": cells,
            }
        )
    return lines


def _matrix(session: Session, actor: Actor) -> tuple[RoleMatrix, bool]:
    return queries.role_matrix(session, actor), actor.can(Permission.SECURITY_ROLE_EDIT)


def _edit_roles(session: Session, actor: Actor, *, edits: list[tuple[int, RoleEdit]]) -> bool:
    for role_id, request in edits:
        service.edit_role(session, actor, role_id=role_id, request=request)
    return True
