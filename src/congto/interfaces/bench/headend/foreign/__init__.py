"""Scripts that foreign interpreters run; Congto imports none of them."""
