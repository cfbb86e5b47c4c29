"""SAMPLE: a utility made from public network data, handed over as files like a real one's."""
