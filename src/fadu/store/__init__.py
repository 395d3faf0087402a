"""The only Django models of Fadu: what a district keeps, and who may see which row of it."""
