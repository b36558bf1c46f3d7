"""The Flask application: routes, bodies, errors, OpenAPI."""
