"""A local Service Bus: AMQP 1.0 on loopback, just large enough for the queues of the app."""
