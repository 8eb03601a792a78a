"""What stands on the broker: a topic exchange per publisher, a quorum queue per subscription, dead letters per service.

Declared as both RabbitMQ 3.10 and 4.x accept: durable, an explicit delivery limit, no global prefetch.
"""

from collections.abc import Sequence

from kombu import Connection, Exchange, Queue

from chassis.messaging import wire
from chassis.service import Service
from chassis.subscription import Subscription

MEMORY = "memory://"
POLLING = {"polling_interval": 0.005}
"""The broker in memory looks every five milliseconds; its own default is a second."""
NEVER = 1_000_000_000
"""A delivery limit that nothing reaches: dead letters have no further place to go. Left out, RabbitMQ 4 drops them at
the 21st delivery; it takes -1 for none, which 3.10 refuses."""
RENEWAL = 5.0
"""Seconds after which a subscriber binds its queues again, since a deleted exchange takes its bindings along."""


def connect(service: Service, **options: object) -> Connection:
    """Make a connection of the service's own, not opened yet."""
    url = service.settings.amqp_url or MEMORY
    if is_memory(service):
        return Connection(url, transport_options=dict(POLLING))
    heartbeat = service.settings.broker_heartbeat_seconds
    transport = wire.Transport if url.startswith("amqp://") else None
    return Connection(url, transport=transport, heartbeat=heartbeat, connect_timeout=5, transport_options=options)


def is_memory(service: Service) -> bool:
    """Tell whether a service is set to the broker that lives in its own process only."""
    return (service.settings.amqp_url or MEMORY).startswith(MEMORY)


def in_memory(connection: Connection) -> bool:
    """Tell whether the broker lives in this process only."""
    return bool(connection.transport.driver_type == "memory")


def events_exchange(service: Service, publisher: str) -> Exchange:
    """Give the exchange on which `publisher` alone announces; the routing key is the event's type."""
    return Exchange(f"{service.settings.broker_namespace}{publisher}.events", type="topic", durable=True)


def dead_letter_exchange(service: Service) -> Exchange:
    """Give the exchange to which the broker sends what it gave up delivering."""
    return Exchange(f"{service.settings.broker_namespace}{service.name}.dead_letters", type="fanout", durable=True)


def dead_letter_queue(service: Service) -> Queue:
    """Give the queue that is consumed into quarantine."""
    exchange = dead_letter_exchange(service)
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": NEVER}
    return Queue(exchange.name, exchange, durable=True, queue_arguments=arguments)


def subscription_queue(service: Service, subscription: Subscription) -> Queue:
    """Give the queue of a subscription, without its bindings."""
    return Queue(
        f"{service.settings.broker_namespace}{subscription.queue}",
        durable=True,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": service.settings.delivery_limit,
            "x-dead-letter-exchange": dead_letter_exchange(service).name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def make_exchange(service: Service, connection: Connection) -> bool:
    """Make our own exchange where it is missing; tell whether it was. Nobody makes another's (ADR 0013)."""
    exchange = events_exchange(service, service.name)
    try:
        with connection.channel() as channel:
            exchange.bind(channel).declare(passive=True)
    except connection.channel_errors:
        with connection.channel() as channel:
            exchange.bind(channel).declare()
        return True
    return False


def declare_dead_letters(service: Service, connection: Connection) -> None:
    """Make the place for what the broker gives up delivering, before any queue that points at it."""
    with connection.channel() as channel:
        dead_letter_queue(service).bind(channel).declare()


def make_subscription(service: Service, subscription: Subscription, connection: Connection) -> bool:
    """Make a subscription's queue; tell whether it was missing."""
    queue = subscription_queue(service, subscription)
    missing = False
    try:
        with connection.channel() as channel:
            queue.bind(channel).queue_declare(passive=True)
    except connection.channel_errors:
        missing = True
    with connection.channel() as channel:
        queue.bind(channel).declare()
    return missing


def bind(service: Service, subscription: Subscription, connection: Connection) -> dict[str, Exception]:
    """Bind a subscription's queue to the publishers' exchanges; binding again changes nothing.

    Gives what the broker said by the name of each publisher whose exchange is not there yet; the others are bound.
    """
    refused: dict[str, Exception] = {}
    queue = subscription_queue(service, subscription)
    for publisher in subscription.publishers:
        try:
            with connection.channel() as channel:
                for event in subscription.events_of(publisher):
                    queue.bind(channel).bind_to(events_exchange(service, publisher), routing_key=event.type)
        except connection.channel_errors as error:
            refused[publisher] = error
    return refused


def listen(connection: Connection, timeout: float = 0.001) -> bool:
    """Take one thing that the broker says, then send a heartbeat where one is due; False when it said nothing in time.

    Raises what tells that the connection is lost, silence for two heartbeats included.
    """
    said = True
    try:
        connection.drain_events(timeout=timeout)
    except TimeoutError as error:
        said = False
        error.__traceback__ = None  # eventlet's frames hold the error that holds them, hundreds of times a second
    if not in_memory(connection):
        connection.heartbeat_check()
    return said


def remove(service: Service, subscriptions: Sequence[Subscription]) -> None:
    """Delete a service's queues and exchanges with all they hold, when a platform made for one run ends."""
    queues = [subscription_queue(service, each) for each in subscriptions] + [dead_letter_queue(service)]
    with connect(service) as connection, connection.channel() as channel:
        for queue in queues:
            queue.bind(channel).delete()
        for exchange in (events_exchange(service, service.name), dead_letter_exchange(service)):
            exchange.bind(channel).delete()


def broker_version(url: str, timeout: float) -> str:
    """Ask a broker for its version.

    Raises OSError when it does not answer, or not to us.
    """
    with Connection(url, connect_timeout=timeout) as connection:
        try:
            connection.connect()
        except (*connection.connection_errors, *connection.channel_errors) as error:
            raise OSError(f"{connection.as_uri()}: {error}") from error
        version = connection.connection.server_properties["version"]
        return str(version.decode() if isinstance(version, bytes) else version)
