"""Ways in which customers pay: counters, automatic debit, agents, and how many use which."""
