"""The VPC, its subnets and the ways out of it."""
