"""The dependency layers of the Lambda functions: how they are built."""
