"""What the person who runs it may change."""

from pathlib import Path

import pytest

from local.settings import DEFAULT_CREDENTIALS, SettingsError, read_settings
from local.simulators import PROVIDERS as SIMULATORS


def env_file(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_has_a_working_default(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path / ".env")
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.credentials == DEFAULT_CREDENTIALS
    assert settings.providers == "vnpay,momo,zalopay,payos,sepay,stripe"
    assert settings.attempt_minutes == "", "the usual times"
    assert len(settings.signing) == 1
    assert len(settings.signing[0]) == 64


def test_the_environment_beats_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    path = env_file(tmp_path, "# mine\nexport PORT=4000\nVNPAY_TMN_CODE='FILE'\nVNPAY_HASH_SECRET=file # not mine\n\n")
    settings = read_settings({"VNPAY_HASH_SECRET": "environment"}, path)
    assert settings.port == 4000
    ours = {"VNPAY_TMN_CODE": "FILE", "VNPAY_HASH_SECRET": "environment"}
    assert settings.credentials == {**DEFAULT_CREDENTIALS, **ours}


def test_an_empty_credential_is_none(tmp_path: Path) -> None:
    assert "VNPAY_HASH_SECRET" not in read_settings({"VNPAY_HASH_SECRET": ""}, tmp_path / ".env").credentials


def test_two_signing_secrets_may_be_valid(tmp_path: Path) -> None:
    assert read_settings({"GOI_SIGNING_SECRET": "new, old"}, tmp_path / ".env").signing == ("new", "old")


def test_providers_are_switched_on_by_the_environment(tmp_path: Path) -> None:
    assert read_settings({"PROVIDERS": " vnpay, sepay,"}, tmp_path / ".env").providers == "vnpay,sepay"
    assert read_settings({}, env_file(tmp_path, "PROVIDERS=momo")).providers == "momo"


@pytest.mark.parametrize(
    ("missing", "provider"),
    [("VNPAY_HASH_SECRET", "vnpay"), ("ZALOPAY_KEY2", "zalopay"), ("SEPAY_WEBHOOK_API_KEY", "sepay")],
)
def test_a_provider_without_its_credentials_is_off(tmp_path: Path, missing: str, provider: str) -> None:
    on = read_settings({missing: ""}, tmp_path / ".env").providers.split(",")
    assert provider not in on
    assert len(on) == 5


def test_bank_transfers_are_on_with_a_webhook_secret_instead_of_the_key(tmp_path: Path) -> None:
    keys = {"SEPAY_WEBHOOK_API_KEY": "", "SEPAY_WEBHOOK_SECRET": "secret"}
    assert "sepay" in read_settings(keys, tmp_path / ".env").providers.split(",")


def test_every_simulator_is_switched_on(tmp_path: Path) -> None:
    assert set(read_settings({}, tmp_path / ".env").providers.split(",")) == set(SIMULATORS)


def test_attempts_live_as_long_as_is_said(tmp_path: Path) -> None:
    assert (
        read_settings({"ATTEMPT_MINUTES": "vnpay=15, sepay=60"}, tmp_path / ".env").attempt_minutes
        == "vnpay=15,sepay=60"
    )


@pytest.mark.parametrize("port", ["http", "-1", "65536", "", "٣٠٠٠"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(SettingsError, match="PORT"):
        read_settings({"PORT": port}, tmp_path / ".env")


def test_a_line_that_is_no_setting_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="line 2"):
        read_settings({}, env_file(tmp_path, "PORT=3000\nnonsense\n"))


@pytest.mark.parametrize(
    ("host", "reachable"), [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "localhost")]
)
def test_the_address_is_one_that_can_be_opened(tmp_path: Path, host: str, reachable: str) -> None:
    assert read_settings({"HOST": host}, tmp_path / ".env").reachable_host == reachable
