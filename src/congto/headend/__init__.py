"""METERS: reads, commands and keeps the keys of DLMS/COSEM meters; knows no books."""
