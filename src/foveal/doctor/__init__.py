"""What is wrong with data, told before anything is trained: findings, a page of them, and cleaned tables."""
