"""How likely a store's day is anomalous: implementations of AnomalyClassifier."""
