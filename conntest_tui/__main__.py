"""`python -m conntest_tui`: the same as the command `conntest-tui`."""

from conntest_tui.cli import main

if __name__ == "__main__":
    main()
