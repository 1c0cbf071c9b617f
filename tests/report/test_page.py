"""The page: nothing of a scenario becomes markup, nothing is fetched, and a rebuild gives the same bytes."""

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from itertools import cycle

import polars as pl
import pytest

import sim.report
from sim.report import backlog, causes, crossings, hours, page, places, trust, waits
from sim.report.drawing import Picture
from sim.report.exhibit import Exhibit, Grid, Hover, csv
from sim.report.folder import FolderFault, read
from sim.report.words import LanguageFault, words
from tests.report.synthetic import GATES, write_folder

HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "</script><svg onload=alert(1)>",
    "=cmd()", "</title><style>*{display:none}</style>", "<!--", "]]>", "&lt;b&gt;&amp;", "' onmouseover='alert(1)",
    "$x^2$ \\frac", "%(a)s {0} {title}", "\u202eevil\u202c", "\x1b[31mred\x00\x07", "\ud800", "\ufffe",
    "<a href=javascript:alert(1)>x</a>", "a" * 300, "🚚 xe tải", "<details open ontoggle=alert(1)>", "\u2028\u2029",
)  # fmt: skip
EN = words("en")


class Skeleton(HTMLParser):
    """Elements with the names of their attributes, and the texts between them."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def with_texts(folder, target, *texts):
    """A copy of a run whose every free text is one of the texts, in turn."""
    shutil.copytree(folder, target)
    manifest, turn = json.loads((folder / "manifest.json").read_text(encoding="utf-8")), cycle(texts)
    for kind in ("gates", "stations", "cargoes"):
        for entry in manifest[kind].values():
            entry["title"] = next(turn)
    for source in manifest["sources"]:
        source |= {"value": next(turn), "assumption" if source["assumption"] else "fact_text": next(turn)}
    manifest |= {name: next(turn) for name in ("title", "question", "notes", "law_line", "zone")}
    manifest |= {"changes": [next(turn)], "warnings": [{"path": next(turn), "message": next(turn)}]}
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return target


def test_two_builds_give_the_same_bytes(folder, tmp_path):
    again = shutil.copytree(folder, tmp_path / "again")
    for old in [again / "report.html", *(again / "figures").iterdir()]:
        old.unlink()
    sim.report.build(again)
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    assert [p for p in files if (folder / p).read_bytes() != (again / p).read_bytes()] == []
    assert len(files) == len(list((folder / "tables").iterdir())) + 3 + 27  # report, manifest, summary, figures


def test_nothing_that_may_differ_between_equal_runs_is_shown(folder, tmp_path):
    """Engine, workers, machine time and versions stand in the manifest alone."""
    other = shutil.copytree(folder, tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"engine": "compiled", "workers": 7, "wall_seconds": 99.5, "started": "1999-01-01T00:00:00+00:00",
                 "python": "9.9", "packages": {}, "command": "something else"}  # fmt: skip
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    sim.report.build(other)
    assert (other / "report.html").read_bytes() == (folder / "report.html").read_bytes()


def elements(page):
    """Elements of the page in order, and those that drawings may hold, of which labels decide the number."""
    drawn = {"path", "text", "tspan", "g", "use", "defs", "clippath", "rect", "image"}
    found = Skeleton(page).elements
    return [e for e in found if e[0] not in drawn], {e for e in found if e[0] in drawn}


def test_texts_of_a_scenario_never_become_markup(folder, tmp_path, blank):
    """Each of 21 strings in every free text of the page: its elements are those of a harmless run."""
    expected = elements(page_of(with_texts(folder, tmp_path / "harmless", "Harmless")))
    for number, text in enumerate(HOSTILE):
        assert elements(page_of(with_texts(folder, tmp_path / str(number), f"x{text}"))) == expected, text


@pytest.fixture
def blank(monkeypatch):
    """Pages without drawings, which are most of the work."""
    empty = Picture(key="x", inline="<svg></svg>", svg=b"", png=b"", lacks_glyphs=False)
    for module in (backlog, causes, crossings, hours, places, waits):
        monkeypatch.setattr(module, "picture", lambda *_, **__: empty)


def page_of(folder):
    output = read(folder)
    return page.page(output, page.exhibits(output, EN), EN)


def test_drawn_texts_never_become_markup(folder, tmp_path):
    """All 21 strings at once in figures and page."""
    expected = elements(page_of(with_texts(folder, tmp_path / "harmless", "Harmless")))
    found = elements(page_of(with_texts(folder, tmp_path / "hostile", *(f"x{text}" for text in HOSTILE))))
    assert found == expected


def test_a_hostile_title_is_shown_as_it_is(folder, tmp_path, blank):
    title = "<script>alert(1)</script> {{7*7}}"
    shown = sim.report.build(with_texts(folder, tmp_path / "x", title)).read_text(encoding="utf-8")
    assert title in Skeleton(shown).texts
    assert title not in shown


def test_only_our_script_may_run_and_nothing_is_fetched(folder):
    shown = (folder / "report.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', shown)[1].replace("&#39;", "'")
    scripts = re.findall(r"<script>(.*?)</script>", shown, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert set(re.findall(r"\w+://[^\s\"'<)]+", shown)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"(src|href)=\"(?!#|data:image/png;base64,)", shown)


def test_what_the_script_says_cannot_end_its_element():
    picture = Picture(key="f1", inline="", svg=b"", png=b"", lacks_glyphs=False)
    grid, hover = Grid(caption="", head=(), rows=()), Hover(text="</script>\u2028", rows=(("<!--",),))
    shown = Exhibit(key="F1", question="", answer="", picture=picture, data=pl.DataFrame(), grid=grid, hover=hover)
    text = page._hover([shown])
    assert text == '{"f1":{"text":"\\u003c/script>\\u2028","rows":[["\\u003c!--"]]}}'
    assert json.loads(text)["f1"]["text"] == "</script>\u2028"


def test_notes_lose_the_line_breaks_of_their_file_but_keep_paragraphs_and_lists():
    text = "One sentence over\ntwo lines.\n\nA list:\n- first over\n  two lines\n- second\n"
    assert trust.paragraphs(text) == "One sentence over two lines.\n\nA list:\n- first over two lines\n- second"


def test_ids_are_unique_and_every_reference_has_its_target(folder):
    shown = (folder / "report.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', shown)
    referred = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', shown)
    assert len(ids) == len(set(ids))
    assert {a or b for a, b in referred} <= set(ids)


def test_the_page_and_our_own_code_stay_small(tmp_path):
    """A month of four gates in 10 replications: at most 1 MB; our CSS and JavaScript at most 12 KB."""
    shown = sim.report.build(write_folder(tmp_path, replications=10, days=31)).read_text(encoding="utf-8")
    own = re.findall(r"<style>(.*?)</style>|<script>(.*?)</script>", shown, re.DOTALL)
    assert len(shown.encode()) <= 1_000_000
    assert sum(len(css) + len(js) for css, js in own) <= 12_000
    assert shown.count("<") < 20_000  # elements and their ends: at most 10,000 nodes


def test_every_figure_has_question_answer_data_and_its_files(folder):
    shown = (folder / "report.html").read_text(encoding="utf-8")
    keys = re.findall(r'<section id="(F\d-[\w-]+)">', shown)
    assert [key[:2] for key in keys] == [f"F{k}" for k in range(1, 10)]
    assert shown.count("<figcaption>") == shown.count("<details><summary>") == 9
    assert shown.count('role="img"') == 18  # each drawn wide and narrow, one of them shown
    for key in keys:
        assert all((folder / "figures" / f"{key}{suffix}").stat().st_size > 100 for suffix in (".svg", ".png", ".csv"))
    assert (folder / "figures" / "F1-waiting-by-hour.png").read_bytes().find(b"Software") == -1


def test_text_of_figures_is_text_in_the_page_and_outlines_in_the_files(folder):
    shown = (folder / "report.html").read_text(encoding="utf-8")
    assert "Hữu Nghị</text>" in shown
    assert "<text" not in (folder / "figures" / "F2-waiting-by-gate.svg").read_text(encoding="utf-8")


def test_names_that_begin_like_a_formula_are_quoted_in_csv(folder):
    assert csv(pl.DataFrame({"name": ["=cmd()", "+1", "-1", "@x", "plain"], "n": [-1, 2, 3, 4, 5]})) == (
        b"name,n\n'=cmd(),-1\n'+1,2\n'-1,3\n'@x,4\nplain,5\n"
    )


def test_one_replication_is_shown_without_ranges(tmp_path, blank):
    shown = sim.report.build(write_folder(tmp_path, replications=1, days=3)).read_text(encoding="utf-8")
    assert "one run, no range" in shown
    assert "One run only: there is no band, and the next run will differ." in shown
    assert "Only 1 replications" in shown


def keep(folder, target, rows):
    """A copy of a run with only those rows of every table."""
    shutil.copytree(folder, target)
    for path in (target / "tables").iterdir():
        table = pl.read_parquet(path)
        for row in (row for row in rows if row.meta.root_names()[0] in table.columns):
            table = table.filter(row)
        table.write_parquet(path)
    return target


def test_a_single_queue_without_gates_yards_and_stations_has_a_page_too(folder, tmp_path):
    bare = keep(folder, tmp_path / "bare", [pl.col("gate") == "", pl.col("station") == "", pl.col("key") == ""])
    shown = sim.report.build(bare).read_text(encoding="utf-8")
    assert re.findall(r'<section id="(F\d)', shown) == ["F1", "F3", "F4", "F6", "F9"]
    assert "holds the most" not in shown
    assert "Gates:" not in shown


def test_a_run_of_imports_alone_tells_of_imports(folder, tmp_path, blank):
    imports = keep(folder, tmp_path / "imports", [pl.col("direction").is_in(["", "import"])])
    shown = sim.report.build(imports).read_text(encoding="utf-8")
    assert "How many import trucks wait, and when?" in shown
    assert "export trucks" not in shown


def test_an_unknown_language_names_those_there_are(folder):
    with pytest.raises(LanguageFault, match=r"no report texts in 'xx'; there are: en"):
        sim.report.build(folder, lang="xx")


def test_a_folder_without_tables_is_refused_by_name(tmp_path):
    write_folder(tmp_path, replications=1, days=1)
    (tmp_path / "tables" / "waits.parquet").unlink()
    with pytest.raises(FolderFault, match=r"no complete output folder, .*waits\.parquet is missing"):
        sim.report.build(tmp_path)


@pytest.mark.parametrize(("key", "value"), [("start", None), ("gates", []), ("scenario", "x"), ("replications", "2")])
def test_a_manifest_that_somebody_changed_is_damaged(folder, tmp_path, key, value):
    other = shutil.copytree(folder, tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8")) | {key: value}
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(FolderFault, match=rf"manifest\.json is damaged: {key} is missing or of another kind"):
        read(other)


def test_gate_titles_of_any_length_leave_the_page_readable(tmp_path):
    titles = dict.fromkeys(GATES, "Cửa khẩu quốc tế " * 12)
    shown = sim.report.build(write_folder(tmp_path, replications=2, days=2, gate_titles=titles)).read_text(
        encoding="utf-8"
    )
    labels = re.findall(r"<text[^>]*>([^<]+)</text>", shown)
    assert max(map(len, labels)) <= 60
