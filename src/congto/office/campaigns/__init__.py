"""Campaigns (đợt đọc): plans of reading, the queue of tasks, and the sessions held for them."""
