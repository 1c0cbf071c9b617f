"""Plan -> Trace."""
