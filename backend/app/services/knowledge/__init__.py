"""Questions about techniques, actors, templates and what stands around them."""
