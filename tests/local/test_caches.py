"""The template and the account's image: made once, shared, never served when what they are made from has changed."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import image, template

SOURCES = ("infra/context.json", "infra/app.py", "layers/mrs/python/mrs/contracts/a.py", "requirements/runtime.txt")
STAGE = "functions/cluster/cluster.py"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of a few files, of which each synthesis gives another template."""
    for name in (*SOURCES, STAGE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Stage(1)")
    count = iter(range(100))
    monkeypatch.setattr(template, "ROOT", tmp_path)

    def synthesize(path: Path) -> None:
        template.write_whole(path, f"template {next(count)}".encode())

    monkeypatch.setattr(template, "_synthesize", synthesize)
    return tmp_path


def served(root: Path) -> str:
    return template.template_path(root / "cache").read_text()


def test_a_template_is_synthesized_once(root: Path) -> None:
    assert [served(root), served(root)] == ["template 0", "template 0"]


@pytest.mark.parametrize("name", [*SOURCES, STAGE])
def test_no_template_of_other_sources_is_served(root: Path, name: str) -> None:
    assert served(root) == "template 0"
    (root / name).write_text("Stage(2)")
    assert served(root) == "template 1"
    (root / name).write_text("Stage(1)")
    assert served(root) == "template 0"


def test_a_new_file_is_a_change(root: Path) -> None:
    assert served(root) == "template 0"
    (root / "infra/more.py").write_text("")
    assert served(root) == "template 1"


def test_side_by_side_a_template_is_synthesized_once(root: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: served(root), range(16))) == {"template 0"}


def test_old_templates_go_with_their_images(root: Path) -> None:
    for number in range(template.KEPT + 2):
        (root / "infra/app.py").write_text(f"{number}")
        made = template.template_path(root / "cache")
        made.with_suffix(f".x{image.SUFFIX}").touch()
    kept = {p.name.split(".")[0] for p in (root / "cache").iterdir() if p.suffix in (".json", image.SUFFIX)}
    assert len(kept) == template.KEPT


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the local AWS's sources, taken for its own."""
    folder = tmp_path / "local"
    shutil.copytree(Path(image.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(image, "__file__", f"{folder / 'image.py'}")
    (tmp_path / "a.json").write_text("{}")
    return folder


def test_an_image_belongs_to_its_template_and_to_what_deployed_it(local: Path) -> None:
    path = local.parent / "a.json"
    first = image.image_path(path)
    assert first == image.image_path(path)
    path.write_text('{"Resources": {}}')
    second = image.image_path(path)
    (local / "providers.py").write_text("changed")
    assert len({first, second, image.image_path(path)}) == 3


def test_an_image_of_another_moto_is_not_served(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = local.parent / "a.json"
    first = image.image_path(path)
    monkeypatch.setattr(image, "version", lambda _: "0.0")
    assert image.image_path(path) != first


@pytest.mark.parametrize("content", [b"", b"torn", b"\x80\x05K\x01."])
def test_a_damaged_image_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.account").write_bytes(content)
    assert image.load(tmp_path / "x.account") is None
    assert image.load(tmp_path / "absent.account") is None
