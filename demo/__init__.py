"""Simulated Jira Cloud, Jira Data Center and GitHub on loopback, and a company to fill them."""

from .bulk import bulk_world
from .company import Company
from .hooks import Delivery, GithubHooks, JiraHooks
from .people import User
from .server import DemoServer, DemoServers, RequestSeen
from .world import CLOUD_TOKEN, DATA_CENTER_TOKEN, GITHUB_TOKEN, World

__all__ = [
    "CLOUD_TOKEN",
    "DATA_CENTER_TOKEN",
    "GITHUB_TOKEN",
    "Company",
    "Delivery",
    "DemoServer",
    "DemoServers",
    "GithubHooks",
    "JiraHooks",
    "RequestSeen",
    "User",
    "World",
    "bulk_world",
]
