"""What MRS changed in the numbers that the models read."""
