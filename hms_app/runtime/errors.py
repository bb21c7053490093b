"""What stops a start."""


class StartRefused(Exception):
    """An expected reason not to go on; its text is the one sentence the operator reads."""
