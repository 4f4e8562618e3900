"""Fashion-MNIST: files, mini-batches, sizes."""
