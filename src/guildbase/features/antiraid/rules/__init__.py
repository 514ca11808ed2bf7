"""Pure decisions about raids: what is one, and who may do what about it."""
