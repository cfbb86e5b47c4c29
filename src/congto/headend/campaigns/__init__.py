"""What a visit does for a task: commands with proof, clocks, calendars, keys, images, events."""
