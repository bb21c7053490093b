"""Cheap password hashes: the tests are about the rules around them."""

from collections.abc import Iterator

import pytest

from hms_app.domain.security.service import passwords
from tests.factories import security as factory


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """bcrypt at its lowest cost."""
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)
    factory.password_hash.cache_clear()
    yield
    factory.password_hash.cache_clear()
