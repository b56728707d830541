"""What a text may harm by: terms and their contexts, folded so that another spelling does not hide them."""
