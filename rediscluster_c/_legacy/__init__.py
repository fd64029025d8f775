"""Names and methods that redis-py-cluster 2.1.3 had, for programs that use them."""
