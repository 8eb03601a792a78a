"""The `entente` command: makes this process green before anything else, then hands over to the command line."""

from chassis.green import make_green

make_green()

from entente.command_line import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
