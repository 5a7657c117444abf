"""What becomes tensors: checked arrays, layouts, targets, splits, the resident store and its batches, named sets."""
