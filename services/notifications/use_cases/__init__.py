"""What one can do here: manage recipients, tell those concerned, send."""
