"""Tables of agronomy: every row says where it comes from."""
