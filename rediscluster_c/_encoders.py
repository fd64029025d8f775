"""Arguments of commands that the words of the command table cannot say: rare and intricate ones.

A row of commands.def names a function of this module; it is called with all parameters of the
method, by position, and returns the words that follow the command's name.
"""

from __future__ import annotations
