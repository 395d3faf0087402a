"""What templates of the office can say beside Django's own."""
