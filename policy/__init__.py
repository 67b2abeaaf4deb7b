"""The policy pack: rules on what a stack declares and deploys."""
