"""DOORS: the console, the API, the command line, jobs, and the project's wiring."""
