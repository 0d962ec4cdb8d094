"""`python -m escalate` is `escalate`."""

from escalate.commands import main

if __name__ == "__main__":
    main()
