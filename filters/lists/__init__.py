"""Lists of terms and addresses, and how a text is searched for them."""
