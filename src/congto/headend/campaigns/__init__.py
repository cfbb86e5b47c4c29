"""What a visit does for a task and when: commands with proof, gaps, retries, permits."""
