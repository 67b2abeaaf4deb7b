"""The resources of a stack, registered again under the engine with other edges between them."""
