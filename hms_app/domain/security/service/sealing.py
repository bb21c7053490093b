"""What only this installation can read or make: digests, encrypted secrets and tickets, under its one secret."""

import base64
import datetime as dt
import json
from hashlib import sha256
from hmac import digest
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from hms_app.config import get_settings
from hms_app.domain.security.rules.codes import token_hash

TICKET_SECONDS: Final = 300


def code_hash(code: str, purpose: str) -> str:
    """What is stored of a typed code: its HMAC; case, spaces and hyphens do not matter."""
    meant = "".join(character for character in code.upper() if character.isalnum())
    return digest(get_settings().derived_key(purpose), meant.encode("utf-8", "replace"), sha256).hex()


def encrypt(secret: str) -> str:
    """`secret` as it is stored."""
    return _box("second factor").encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """The secret of `encrypt`."""
    return _box("second factor").decrypt(stored.encode()).decode()


def typed_text_key(user_id: int) -> str:
    """The AES key, in base64, under which a browser keeps what this person typed and has not saved."""
    own = digest(get_settings().derived_key("text typed into forms"), str(user_id).encode(), sha256)
    return base64.b64encode(own).decode()


def new_ticket(user_id: int, password_hash: str, *, at: dt.datetime) -> str:
    """Proof that the password was right, for the second step; void when the password changes."""
    content = json.dumps([user_id, token_hash(password_hash)]).encode()
    return _box("sign-in ticket").encrypt_at_time(content, int(at.timestamp())).decode()


def read_ticket(ticket: str, *, at: dt.datetime) -> tuple[int, str] | None:
    """The user and the digest of their password's hash; None when forged or older than five minutes."""
    try:
        content = _box("sign-in ticket").decrypt_at_time(ticket.encode(), TICKET_SECONDS, int(at.timestamp()))
    except (InvalidToken, ValueError):
        return None
    user_id, password_digest = json.loads(content)
    return int(user_id), str(password_digest)


def _box(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(get_settings().derived_key(purpose)))
