"""Other libraries in the same process: redis-py's exceptions, and patched sockets."""
