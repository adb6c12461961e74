"""Why sales left their expectation: signals, evidence, and the models that weigh it."""
