"""What an operator can mend, in words."""

from slipwatch.aggregator.store import StoreError
from slipwatch.config.base import MissingSecretError
from slipwatch.config.problems import ConfigError
from slipwatch.connectors.table import ConnectorLoadError
from slipwatch.rules.table import RuleLoadError

from .serving import ListenError
from .web import TlsError


def complaint(error: BaseException) -> str | None:
    """Say what is wrong and how to mend it; None for what is a bug of ours."""
    match error:
        case ConfigError() | MissingSecretError() | ListenError() | StoreError() | TlsError():
            return str(error)
        case RuleLoadError() | ConnectorLoadError():
            return str(error)
        case OSError():
            return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        case _:
            return None
