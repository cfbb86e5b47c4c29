"""What a visit does for a task: commands with proof, clocks, calendars, keys, images, events; when
to try again, how many at once, what is still missing.
"""
