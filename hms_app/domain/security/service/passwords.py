"""How a password is stored (OWASP): a pepper from the installation's secret, then bcrypt."""

import base64
from functools import lru_cache
from hashlib import sha384
from hmac import digest
from typing import Final

import bcrypt

from hms_app.config import get_settings
from hms_app.domain.security.rules.passwords import normalized

BCRYPT_COST = 12
SCHEME: Final = "v1$"


def hash_password(password: str) -> str:
    """`v1$` and bcrypt over base64(HMAC-SHA-384(pepper, password)): takes about a quarter of a second."""
    return SCHEME + bcrypt.hashpw(_peppered(password), bcrypt.gensalt(BCRYPT_COST)).decode()


def password_matches(password: str, stored: str | None) -> bool:
    """Whether it is the password; takes the same time when there is none (`stored` is None)."""
    against = stored if stored is not None and stored.startswith(SCHEME) else _hash_of_nobody(BCRYPT_COST)
    matches = bcrypt.checkpw(_peppered(password), against.removeprefix(SCHEME).encode())
    return matches and stored is not None and bool(password)


@lru_cache(maxsize=4)
def _hash_of_nobody(cost: int) -> str:
    return SCHEME + bcrypt.hashpw(_peppered("nobody"), bcrypt.gensalt(cost)).decode()


def _peppered(password: str) -> bytes:
    pepper = get_settings().derived_key("password pepper")
    return base64.b64encode(digest(pepper, normalized(password).encode("utf-8", "surrogatepass"), sha384))
