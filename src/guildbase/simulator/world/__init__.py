"""The state of the simulated Discord: its objects, and for each kind of object the changes it can go through."""
