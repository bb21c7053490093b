"""The command line: every module of this package (not its packages) adds its commands by `register(app)`."""

import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

import typer
from pydantic import ValidationError
from typer._click.exceptions import UsageError

from hms_app.core.errors import DatabaseAway
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.stopping import stop_when_asked, was_asked

_TYPED: Final = "python3 hms.py"
"""What people type in front of a command."""


def make_app() -> typer.Typer:
    """The application's commands, collected from the modules of this package."""
    app = typer.Typer(
        name="hms.py", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="A hospital on one machine.",
    )  # fmt: skip
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        if module.name != "__main__" and not module.ispkg:
            import_module(f"{__name__}.{module.name}").register(app)
    return app


def main() -> int:
    """Run one command; every expected failure is one sentence on stderr and a non-zero status."""
    stop_when_asked()
    try:
        status = make_app()(prog_name=_TYPED, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except UsageError as wrong:
        return _say(wrong_usage(wrong), status=wrong.exit_code)
    except (StartRefused, DatabaseAway) as refusal:
        return _say(str(refusal))
    except ValidationError as error:
        return _say(wrong_setting(error))
    except KeyboardInterrupt:
        return _say("Stopped.", status=130)
    except Exception:
        if not was_asked():
            raise
    return 0


def _say(sentence: str, *, status: int = 1) -> int:
    print(f"hms: {sentence}", file=sys.stderr, flush=True)
    return status


def wrong_usage(wrong: UsageError) -> str:
    """What was typed wrongly, and where to read how it is typed."""
    command = wrong.ctx.command_path if wrong.ctx else _TYPED
    problem = wrong.format_message().strip().rstrip(".") or "Say what to do"
    return f"{problem}; {command} --help says more."


def wrong_setting(error: ValidationError) -> str:
    """A wrong setting, by the name the operator gave it."""
    problem = error.errors()[0]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return message
    return f"HMS_{'_'.join(str(part) for part in problem['loc']).upper()} is wrong: {message}."
