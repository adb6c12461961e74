"""Training of the models from labelled history and from simulated worlds."""
