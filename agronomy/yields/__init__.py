"""What a field may give, from its region and from confirmed harvests."""
