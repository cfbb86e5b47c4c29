"""Sessions with meters over real sockets; the protocol itself knows none."""
