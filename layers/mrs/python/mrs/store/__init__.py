"""The append-only log store: the only package that touches S3, Glue and Athena."""
