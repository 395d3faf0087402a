"""The staff site: server-rendered, readable without JavaScript.

Views read through ``store.access`` and write through ``acts``.
"""
