"""The command line, as `python -m exactregions`."""

from exactregions.cli import main

if __name__ == "__main__":
    main()
