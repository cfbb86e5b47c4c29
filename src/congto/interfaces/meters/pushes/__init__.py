"""PUSHES: what meters send by themselves, on the disk first, into the books as deliveries."""
