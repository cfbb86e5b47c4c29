"""The tree of units: corporation, companies, districts."""
