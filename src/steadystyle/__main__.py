"""`python -m steadystyle` is `steadystyle`."""

from steadystyle.apps.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
