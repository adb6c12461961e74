"""The project's SQL on a real Trino; `make test-trino` runs these."""
