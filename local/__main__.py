"""`python -m local`: run the system until Ctrl-C or SIGTERM."""

import os
import signal
import sys
import threading

from local.settings import SettingsError, isolate_from_aws, read_settings
from local.template import ROOT, TemplateError


def main() -> int:
    """Start, say where it is, wait, stop. The exit code."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        settings = read_settings(os.environ, ROOT / ".env")
        isolate_from_aws()
        _say("Starting the emulator of the AWS services")
        from local.app import System  # what takes long to import comes after the first line of progress
        from operations.catalogue import CatalogueRefused

        system = System(settings, _say)
    except SettingsError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}; PORT=... changes it")
    try:
        system.start()
        _say(f"Ready  pages {system.address}/app/  API {system.address}  mailbox {system.address}/local/mailbox")
        ended.wait()
        _say("Stopping")
    except TemplateError as error:
        return _fail(f"template.yaml: {error}")
    except CatalogueRefused as error:
        return _fail(str(error))
    finally:
        system.stop()
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
