"""Links and paths in the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "mrs" / "python" / "mrs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# The generated page names files of a customer, not of this repository.
PROSE = [p for p in DOCUMENTS if p.name != "data-dictionary.md"]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as a Markdown viewer makes them."""
    titles = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", t).strip().lower().replace(" ", "-") for t in titles}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = page if not path else page.parent / path
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found.read_text()), target


@pytest.mark.parametrize("page", PROSE, ids=lambda p: p.name)
def test_every_path_in_code_type_exists(page: Path) -> None:
    named = re.findall(r"`((?:[\w-]+/)+[\w.-]*)`", page.read_text())
    code = [p for p in named if p.split("/")[0] in {q.name for q in (*ROOT.iterdir(), *LAYER.iterdir())}]
    made = ("build/", "logs/", "landing/", "state/")
    lost = [p for p in code if not p.startswith(made) and not (ROOT / p).exists() and not (LAYER / p).exists()]
    assert not lost
