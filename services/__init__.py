"""The four bounded contexts; they never import each other."""
