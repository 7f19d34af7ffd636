"""Measurements that can be repeated, each beside a floor measured in the same run."""
