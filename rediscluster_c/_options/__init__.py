"""The constructor's options: their checks, their other names, and their form in a URL."""
