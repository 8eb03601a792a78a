"""The program: command line, embedded platform and demo; it composes, nothing imports it."""
