"""The template's cache: synthesized again when, and only when, its sources have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import template


def test_the_same_sources_give_the_cached_file(monkeypatch: pytest.MonkeyPatch) -> None:
    path = template.template_path()
    monkeypatch.setattr(template, "_synthesize", lambda _: pytest.fail("synthesized twice"))
    assert template.template_path() == path


def test_a_changed_source_is_synthesized_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    source = tmp_path / "infra" / "app.py"
    source.parent.mkdir()
    source.write_text("before")
    monkeypatch.setattr(template, "ROOT", tmp_path)
    monkeypatch.setattr(template, "_synthesize", lambda path: (made.append(path), path.write_text("{}")))
    cache = tmp_path / "cache"
    first = template.template_path(cache)
    source.write_text("after")
    second = template.template_path(cache)
    assert made == [first, second]
    assert first != second


def test_old_templates_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2 * template.KEPT):
        (tmp_path / f"{number}.json").write_text("{}")
    template._forget_old(tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == template.KEPT


def test_a_failed_synthesis_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "infra" / "app.py"
    source.parent.mkdir()
    source.write_text("raise SystemExit('no such construct')")
    source.with_name("__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(template.SynthError, match="no such construct"):
        template.template_path(tmp_path / "cache")
