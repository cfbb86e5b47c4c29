"""REST: what other systems call; they sign in by name and password and hold a role like people."""
