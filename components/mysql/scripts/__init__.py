"""What MySQL Shell runs in pods: each file stands for itself."""
