"""SAMPLE: a utility made from public network data, handed over as files like a real one's."""

from congto.sample.build import BuildReport, build

__all__ = ["BuildReport", "build"]
