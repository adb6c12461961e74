"""The domain of the Minority Report System, shared by all Lambda functions."""

__version__ = "0.1.0"
"""The one version: of the package, `mrs --version`, the API's OpenAPI document and the Workshop."""
