"""Commands that end by themselves."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.servers import ROOT


def ended(
    command: tuple[str, ...], environment: Mapping[str, str], cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Return how a command ended, and what it printed."""
    env = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )
