"""Gathers counts and log rows in memory and stores them together a moment later; what may be lost, and nothing else."""
