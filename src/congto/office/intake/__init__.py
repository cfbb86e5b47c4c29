"""INTAKE: deliveries of half-hours: what came, when, from whom, and what became of it."""
