"""Usage points, meters, where each meter hangs and in which book it is read."""
