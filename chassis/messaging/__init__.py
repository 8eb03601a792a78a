"""The event and timer door: `@subscribe` and `@every` on the methods of a `Worker`, served by nameko and kombu."""

from chassis.messaging.extensions import Worker, every, subscribe

__all__ = ["Worker", "every", "subscribe"]
