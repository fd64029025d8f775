"""Commands beyond what a row of the command table says, by family and by what they need."""
