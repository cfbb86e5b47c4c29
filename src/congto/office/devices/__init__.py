"""Devices (thiết bị đo xa): how each meter is reached, with which keys, and how often it may be."""
