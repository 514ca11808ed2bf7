"""How rows are stored: the base model and its mixins, the manager, the unit of work and the migrations."""
