"""The connections that a PubSub subscribes on."""
