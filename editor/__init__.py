"""What helps to write a stack file: the schema that editors read, and a file to begin with."""
