"""What a screen shows of several stages at once: reads only, each query takes the scope."""
