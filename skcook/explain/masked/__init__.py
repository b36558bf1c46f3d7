"""Explanations of texts and images: parts are masked, the model is asked again."""
