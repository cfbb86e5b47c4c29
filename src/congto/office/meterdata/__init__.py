"""Register readings, interval readings and the usage determined from them."""
