"""Speed and size, measured as ratios: `python -m benchmarks`."""
