"""Interface classes of COSEM as objects with typed attributes: one file a class or small family."""
