"""The generated pages of docs/reference: each module gives relative paths and texts, the same every time."""
