"""What every model can do: standard operations, pages, soft deletion, stamps, checked values, bulk inserts."""
