"""The real Pulumi engine under the program: its tools, and the simulated cloud that it talks to."""
