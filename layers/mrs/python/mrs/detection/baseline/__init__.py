"""What a store was expected to sell: implementations of BaselineModel."""
