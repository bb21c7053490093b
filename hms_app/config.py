"""Settings from the environment; unsafe production values are refused at start."""

import os
import secrets
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ROOT = Path(__file__).resolve().parents[1]
_USUAL_PORTS = {"http": 80, "https": 443}

_SHORTEST_WATCH = 10
"""Seconds; the web server gives up when a worker that has just started ends again within half of it."""
_SMALLEST_WORKER_MB = 400
"""A worker holds half of it before anybody has come."""

Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """Everything an operator can set; each field is the environment variable `HMS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="HMS_", env_file=_ROOT / ".env", extra="ignore")

    data_dir: Path = Field(default=_ROOT / "var", description="Embedded database, files, secrets and logs.")
    database_url: SecretStr | None = Field(default=None, description="Another PostgreSQL 15+, as its owner.")
    app_database_url: SecretStr | None = Field(
        default=None, description="The application's own connection, when the launcher must not derive it."
    )
    database_patience: int = Field(
        default=600,
        ge=0,
        description="Seconds for which a dead embedded database is started again before all stops.",
    )
    secret_key: SecretStr | None = Field(
        default=None, description="At least 32 characters; else a file is made."
    )
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    mode: Literal["production", "development", "test"] = "production"
    demo: bool = Field(default=False, description="A demo hospital: its sign-ins are shown to everyone.")
    public_url: str | None = Field(default=None, description="The address people type, when behind a proxy.")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(), description="Addresses of reverse proxies whose X-Forwarded-For is believed."
    )
    plain_http: bool = Field(default=False, description="Send the session cookie without `Secure` (no TLS).")
    require_second_factor: bool = Field(
        default=False, description="Administrators must have a second factor."
    )
    max_upload_mb: int = Field(
        default=20, ge=1, le=1000, description="The largest file that can be uploaded."
    )
    reader_memory_mb: int = Field(
        default=768, ge=256, le=65_536, description="Memory that reading one file from outside may take."
    )
    idle_minutes: int = Field(default=15, ge=1, le=60, description="Minutes until the lock screen.")
    session_hours: int = Field(default=12, ge=1, le=24, description="Hours until a session ends for good.")
    workers: int = Field(default=1, ge=1, le=64)
    watchdog_seconds: int = Field(
        default=20, le=600, description="A worker silent for this long is replaced; 0: nobody watches."
    )
    worker_memory_mb: int = Field(
        default=1536, description="A worker that holds more memory for long is replaced; 0: no limit."
    )
    redis_url: SecretStr | None = None
    work_memory_mb: int = Field(
        default=1500, ge=300, description="Memory of the process that does imports and other work."
    )
    database_pool: int = Field(
        default=10, ge=2, le=100, description="Connections and worker threads a process."
    )

    @model_validator(mode="before")
    @classmethod
    def _unset_if_empty(cls, given: dict[str, Any]) -> dict[str, Any]:
        """An empty variable means the default, also where `.env` says something else."""
        return {name: value for name, value in given.items() if value != ""}

    @field_validator("public_url")
    @classmethod
    def _as_origin(cls, url: str | None) -> str | None:
        return None if url is None else _origin_of(url)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _as_networks(cls, given: Any) -> Any:
        return _networks_of(given) if isinstance(given, str) else given

    @field_validator("watchdog_seconds")
    @classmethod
    def _longer_than_a_start(cls, seconds: int) -> int:
        if seconds != 0 and seconds < _SHORTEST_WATCH:
            raise ValueError(f"it must be 0 or at least {_SHORTEST_WATCH}")
        return seconds

    @field_validator("worker_memory_mb")
    @classmethod
    def _enough_to_work(cls, megabytes: int) -> int:
        if megabytes != 0 and megabytes < _SMALLEST_WORKER_MB:
            raise ValueError(f"it must be 0 or at least {_SMALLEST_WORKER_MB}")
        return megabytes

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
        if self.plain_http and self.has_tls:
            raise ValueError("HMS_PLAIN_HTTP is for a network without TLS, but HMS_PUBLIC_URL is https.")
        return self

    @property
    def has_tls(self) -> bool:
        """Whether a proxy in front speaks https with the browsers."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def own_origin(self) -> str:
        """Where browsers find this server, as they write it in `Origin`."""
        return self.public_url or f"http://{self.host}:{self.port}"

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


def _origin_of(url: str) -> str:
    """Scheme, host and port as a browser writes them; raises ValueError for anything else."""
    wrong = ValueError("it must be like https://hospital.example, without a path")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in _USUAL_PORTS or not host or parts.path.strip("/") or parts.query or parts.username:
        raise wrong
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        f":{port}" if port not in {None, _USUAL_PORTS[parts.scheme]} else ""
    )


def _networks_of(text: str) -> tuple[Network, ...]:
    """The addresses and networks of a list with commas; raises ValueError for anything else."""
    listed = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tuple(ip_network(part, strict=False) for part in listed)
    except ValueError:
        raise ValueError("it must list addresses or networks, like 127.0.0.1, 10.0.0.0/8") from None


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
