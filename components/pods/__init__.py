"""What pods of any kind need: Services, network policies, a server with a volume of its own."""
