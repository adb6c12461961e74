"""Training of the models that learn from labelled history: the simulator's worlds to begin with."""
