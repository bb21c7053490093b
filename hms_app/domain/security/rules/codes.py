"""Tokens, one-time codes and tickets: made here, stored as digests."""

import base64
import datetime as dt
import json
import secrets
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken

from hms_app.config import get_settings

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without the letters and digits that people mix up."""
TOTP_STEP_SECONDS: Final = 30
TOTP_DRIFT_STEPS: Final = 1
RECOVERY_CODES: Final = 10
TICKET_SECONDS: Final = 300
ISSUER: Final = "Hospital"


def new_token() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256, as the token itself cannot be guessed."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def new_code(groups: int) -> str:
    """A code people type, such as "K7QF-2MXP", about five bits a character."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(groups))


def code_hash(code: str, purpose: str) -> str:
    """What is stored of a typed code: its HMAC; case, spaces and hyphens do not matter."""
    meant = "".join(character for character in code.upper() if character.isalnum())
    return digest(get_settings().derived_key(purpose), meant.encode("utf-8", "replace"), sha256).hex()


def new_totp_secret() -> str:
    """A fresh shared secret in Base32."""
    return pyotp.random_base32()


def encrypt(secret: str) -> str:
    """`secret` as it is stored."""
    return _box("second factor").encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """The secret of `encrypt`."""
    return _box("second factor").decrypt(stored.encode()).decode()


def totp_counter(secret: str, code: str, *, at: dt.datetime, after: int) -> int | None:
    """The time step `code` is right for, or None; steps up to `after` were used and are refused."""
    meant = "".join(code.split())
    if not (len(meant) == 6 and meant.isascii() and meant.isdecimal()):
        return None
    now = int(at.timestamp()) // TOTP_STEP_SECONDS
    maker = pyotp.HOTP(secret)
    for counter in range(now - TOTP_DRIFT_STEPS, now + TOTP_DRIFT_STEPS + 1):
        if counter > after and compare_digest(maker.at(counter), meant):
            return counter
    return None


def totp_address(secret: str, email: str) -> str:
    """The `otpauth:` address an authenticator reads."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER))


def qr_svg(text: str) -> str:
    """`text` as a QR code, a data URI of an SVG."""
    return str(segno.make(text, error="m").svg_data_uri(scale=4, border=2))


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
