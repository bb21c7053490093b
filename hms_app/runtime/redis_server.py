"""Redis, where several workers share screens' state: looked for before anything is started."""

import redis

from hms_app.config import Settings
from hms_app.runtime.errors import StartRefused

_WAIT_SECONDS = 5


def ensure_redis(settings: Settings) -> None:
    """Raise StartRefused with a sentence when the Redis the settings name does not answer."""
    if settings.redis_url is None:
        return
    try:
        with redis.Redis.from_url(
            settings.redis_url.get_secret_value(), socket_connect_timeout=_WAIT_SECONDS
        ) as server:
            server.ping()
    except ValueError as error:
        raise StartRefused("HMS_REDIS_URL is not an address like redis://:password@host:6379/0.") from error
    except redis.RedisError as error:
        raise StartRefused(
            f"The Redis server of HMS_REDIS_URL cannot be used: {str(error).rstrip('.')}."
        ) from error
