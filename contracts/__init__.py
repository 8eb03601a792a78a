"""The published language: one file or folder per publisher, every event with its state and an example."""

from contracts import actions, budget, deadlines, notifications, partners

__all__ = ["actions", "budget", "deadlines", "notifications", "partners"]
