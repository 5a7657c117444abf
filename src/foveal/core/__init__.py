"""What every other folder may use: errors, rules, the parameter table, shapes, randomness, devices, files."""
