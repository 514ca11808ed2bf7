"""Speed and footprint as ratios against named limits: `python -m benchmarks`, or `make bench`."""
