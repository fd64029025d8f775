"""The server processes of a LocalCluster."""
