"""Resources, Jobs and wire formats that the parts of Preceptor exchange."""
