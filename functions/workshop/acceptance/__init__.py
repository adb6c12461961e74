"""Rules by which a manager has sure and small proposals accepted."""
