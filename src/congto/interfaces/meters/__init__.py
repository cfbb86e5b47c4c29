"""Doors to the meters: the books' tasks and keys on one side, sessions of the head end on the other."""
