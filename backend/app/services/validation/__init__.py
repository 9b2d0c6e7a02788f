"""The red and blue validation workflow: one module a group of steps."""
