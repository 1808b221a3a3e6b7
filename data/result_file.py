"""What a finished replicate leaves in its folder, for whoever runs replicates and whoever draws them."""

RESULT_FILE = "result.json"
"""Its `values` are the outcomes; it is there only once the replicate is finished."""
