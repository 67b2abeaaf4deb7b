"""A simulated cloud that keeps what is created in it and acts as the real one does."""
