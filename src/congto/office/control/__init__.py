"""Who may do what, what was done, what waits for a second person, what runs."""
