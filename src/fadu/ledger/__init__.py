"""存证账本: an append-only Merkle log of all events, hashed twice (SM3 and SHA-256), that anybody can check."""
