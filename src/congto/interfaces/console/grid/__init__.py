"""The list grid: a list is a declaration; filter, sort, pages, views and export come with it."""
