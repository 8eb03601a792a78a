"""The demo: the programme's first year, told over HTTP in its own time, then checked."""
