"""Settings from the environment; unsafe production values are refused at start."""

import os
import secrets
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """Everything an operator can set; each field is the environment variable `HMS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="HMS_", env_file=_ROOT / ".env", extra="ignore")

    data_dir: Path = Field(default=_ROOT / "var", description="Embedded database, files, secrets and logs.")
    database_url: SecretStr | None = Field(default=None, description="Another PostgreSQL 15+, as its owner.")
    app_database_url: SecretStr | None = Field(
        default=None, description="The application's own connection, when the launcher must not derive it."
    )
    secret_key: SecretStr | None = Field(
        default=None, description="At least 32 characters; else a file is made."
    )
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    mode: Literal["production", "development", "test"] = "production"
    demo: bool = Field(default=False, description="A demo hospital: its sign-ins are shown to everyone.")
    public_url: str | None = Field(default=None, description="The address people type, when behind a proxy.")
    plain_http: bool = Field(default=False, description="Send the session cookie without `Secure` (no TLS).")
    require_second_factor: bool = Field(
        default=False, description="Administrators must have a second factor."
    )
    max_upload_mb: int = Field(
        default=20, ge=1, le=1000, description="The largest file that can be uploaded."
    )
    idle_minutes: int = Field(default=15, ge=1, le=60, description="Minutes until the lock screen.")
    session_hours: int = Field(default=12, ge=1, le=24, description="Hours until a session ends for good.")
    workers: int = Field(default=1, ge=1, le=64)
    redis_url: SecretStr | None = None
    database_pool: int = Field(
        default=10, ge=2, le=100, description="Connections and worker threads a process."
    )

    @field_validator("data_dir")
    @classmethod
    def _from_root(cls, path: Path) -> Path:
        return _ROOT / path.expanduser()

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> "Settings":
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("HMS_SECRET_KEY is too short: use at least 32 random characters.")
        if self.workers > 1 and self.redis_url is None:
            raise ValueError("HMS_WORKERS above 1 needs HMS_REDIS_URL, so that workers share screens' state.")
        return self

    @property
    def is_production(self) -> bool:
        """Whether real people may depend on this process."""
        return self.mode == "production"

    @property
    def files_dir(self) -> Path:
        """Where uploaded files are kept, outside the web root."""
        return self.data_dir / "files"

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that can be uploaded."""
        return self.max_upload_mb * 1_000_000

    def derived_key(self, purpose: str) -> bytes:
        """32 bytes bound to `purpose`, derived by HMAC-SHA-256 from the installation's one secret."""
        return digest(self._master_secret(), purpose.encode(), sha256)

    def _master_secret(self) -> bytes:
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        return _secret_from_file(self.data_dir / "secrets" / "master.key")


def _secret_from_file(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes().strip()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
