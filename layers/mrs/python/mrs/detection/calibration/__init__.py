"""What detection learns from the chain that it is given, by planting events into that chain's own past."""
