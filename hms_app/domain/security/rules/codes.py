"""Tokens and one-time codes, as they are made and compared."""

import datetime as dt
import secrets
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import pyotp
import segno

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without the letters and digits that people mix up."""
TOTP_STEP_SECONDS: Final = 30
TOTP_DRIFT_STEPS: Final = 1
RECOVERY_CODES: Final = 10
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


def new_totp_secret() -> str:
    """A fresh shared secret in Base32."""
    return pyotp.random_base32()


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
