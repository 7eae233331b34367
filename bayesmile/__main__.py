"""Run the command: ``python -m bayesmile``."""

from bayesmile.cli import main

if __name__ == "__main__":
    main()
