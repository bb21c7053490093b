"""`python -m hms_app.cli`: what `hms.py` hands over to."""

from hms_app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
