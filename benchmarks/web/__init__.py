"""What people wait for at the page: searching a million items."""
