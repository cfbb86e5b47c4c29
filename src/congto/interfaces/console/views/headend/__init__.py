"""Pages of the head end: what answers, plans and campaigns, sessions, commands, onboarding."""
