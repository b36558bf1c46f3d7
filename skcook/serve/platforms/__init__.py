"""The protocols of other platforms: Open Inference."""
