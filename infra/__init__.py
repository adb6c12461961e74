"""The infrastructure, as CDK constructs: one file per concern, composed by `app.py`."""
