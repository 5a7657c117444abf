"""Ways to take a step: compiled kernels, a CUDA graph, or PyTorch's operators one by one."""
