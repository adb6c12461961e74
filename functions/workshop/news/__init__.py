"""What has changed in the events since a person last looked."""
