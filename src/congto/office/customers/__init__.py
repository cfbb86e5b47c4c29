"""Customers, their agreements and the price assigned to each, dated."""
