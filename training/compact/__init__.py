"""Distilling the compact backbone."""
