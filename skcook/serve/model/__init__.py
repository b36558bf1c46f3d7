"""What serves a model, without HTTP: service, registry, batcher, drift."""
