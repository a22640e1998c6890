"""What the person who runs it may change."""

from pathlib import Path

import pytest

from local.settings import DEFAULT_CREDENTIALS, SettingsError, read_settings


def env_file(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_has_a_working_default(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path / ".env")
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.credentials == DEFAULT_CREDENTIALS
    assert settings.providers == "", "the template's own choice"
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
