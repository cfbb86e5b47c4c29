"""What differs between models of meters, as data: one file a model."""
