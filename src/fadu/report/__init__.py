"""What goes out on paper: official documents laid out as GB/T 9704-2012, filled from the lawbook's templates."""
