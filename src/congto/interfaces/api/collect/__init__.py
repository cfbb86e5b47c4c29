"""`/collect/v1`: banks and intermediaries ask, pay and take back; every request is signed."""
