# The warnings of everything in C, for setup.py and tools/ctests.mk, and those of the core besides.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CORE_WARNINGS := -Wconversion
