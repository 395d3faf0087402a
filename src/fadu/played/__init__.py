"""A fictitious district, filled with a played year: every case is marked 模拟数据, every person is invented."""
