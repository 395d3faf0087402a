"""Fadu 法度: what the law requires of one case (``fadu.law``) and of every case (``fadu.measure``)."""

__version__ = "0.1.0"
