"""`python -m bootstrap` is the `tiantou` command: how processes start each other."""

from bootstrap.cli.app import main

if __name__ == "__main__":
    main()
