"""DELIVERIES: a received file kept under its hash, read piece by piece, previewed or loaded."""
