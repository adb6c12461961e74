"""What every function of the Minority Report System shares: contracts, identity, store, stage harness, models."""
