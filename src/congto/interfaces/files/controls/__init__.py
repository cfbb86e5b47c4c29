"""Messages of other systems about commands to meters."""
