"""What import contracts cannot see: the picture is complete, files are small, names say what they hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_PACKAGES = {"benchmarks", "build", "deploy", "docs", "tests", "var"}
PACKAGES = sorted(
    folder.name
    for folder in ROOT.iterdir()
    if folder.is_dir()
    and not folder.name.startswith(".")
    and folder.name not in NOT_PACKAGES
    and not folder.name.endswith(".egg-info")
)
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations/versions" not in str(path)
)
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "service", "info", "data"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_packages_to_look_at() -> None:
    assert {"observations", "storage", "bootstrap"} <= set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_is_in_the_picture_and_in_the_contracts(package: str) -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"{package}/" in picture
    assert f'"{package}"' in contracts


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_tests(package: str) -> None:
    assert list((ROOT / "tests" / package).rglob("test_*.py"))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_no_module_is_longer_than_400_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_every_module_names_its_subject_and_says_what_it_is(module: Path) -> None:
    assert module.stem not in VAGUE
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))


@pytest.mark.parametrize("module", [m for m in MODULES if m.name == "__init__.py"], ids=named)
def test_package_files_hold_one_docstring_and_nothing_else(module: Path) -> None:
    assert len(ast.parse(module.read_text(encoding="utf-8")).body) == 1


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_only_settings_read_the_environment(module: Path) -> None:
    if named(module) != "bootstrap/settings.py":
        assert not re.search(r"os\.(environ|getenv)", module.read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_no_stub_is_called_done(module: Path) -> None:
    assert "NotImplementedError" not in module.read_text(encoding="utf-8")


def test_every_make_command_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for readme in ("README.md", "README.zh-CN.md"):
        commands = re.findall(r"^make ([a-z]+)", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE)
        assert commands
        assert all(f"\n{command}:" in makefile for command in commands)
