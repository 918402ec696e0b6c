"""The shop in a browser: pages for those who run it, made of what the API answers.

A client of the API in the same process: what a page shows it asks for by an operation,
and what its forms do, operations do. Nothing here knows the rows or the rules.
"""
