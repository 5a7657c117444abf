"""One adapter a peer: `fit(workload, data) -> Result`, and `infer` where it measures inference."""
