"""What went over a line, told for people: frames, protection, messages, values, as a tree."""
