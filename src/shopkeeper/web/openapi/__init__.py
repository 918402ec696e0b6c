"""The OpenAPI document, made from the operations: parameters, answers, the whole."""
