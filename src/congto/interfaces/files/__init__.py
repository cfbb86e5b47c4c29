"""DELIVERED FILES: CSV and Parquet in, a typed frame and a list of bad rows out."""
