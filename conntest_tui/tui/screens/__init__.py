"""What fills the whole terminal, or lies over it as a window."""
