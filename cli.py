"""`python cli.py` is `escalate` from a checkout."""

from escalate.commands import main

if __name__ == "__main__":
    main()
