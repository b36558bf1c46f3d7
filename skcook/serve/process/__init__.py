"""The process: commands, server, workers, Dockerfile."""
