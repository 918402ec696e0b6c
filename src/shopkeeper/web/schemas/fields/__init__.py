"""The kinds of field, each with its bounds and its place in the OpenAPI document."""
