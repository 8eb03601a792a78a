"""One file per part of the console that has an address."""
