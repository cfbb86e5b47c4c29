"""Doors to the meters: tasks and keys of the books here, sessions of the head end there."""
