"""Energy balances of network elements and units."""
