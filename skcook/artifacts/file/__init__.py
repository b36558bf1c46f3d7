"""The model file: a zip of manifest, schema and model, its trust and signature."""
