"""The report as its readers see it: desk, phone, paper, with and without scripts."""

import shutil

import pytest

import sim.report
from tests.report.synthetic import GATES, write_folder

BOX = "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"


@pytest.mark.parametrize("scripts", [True, False])
def test_all_figures_show_and_nothing_is_fetched(opened, report, scripts):
    page, bad = opened(report, scripts=scripts)
    assert page.get_by_role("img").count() == 9
    assert page.get_by_role("heading", level=2).count() == 13
    assert page.get_by_text("Simulated – not measured").is_visible()
    assert bad == []


def test_the_first_screen_holds_verdict_cards_and_the_first_figure(opened, report):
    page, _ = opened(report)
    for selector in (".badge", ".verdict", ".card >> nth=0", ".card >> nth=3"):
        assert page.locator(selector).evaluate(BOX)[3] <= 600
    assert page.locator("svg.wide").first.evaluate(BOX)[3] <= 800


def test_the_first_phone_screen_holds_badge_verdict_and_cards(opened, report):
    page, _ = opened(report, width=390, height=844)
    assert page.locator(".card").nth(3).evaluate(BOX)[3] <= 844


@pytest.mark.parametrize("width", [390, 320, 768, 1280])
def test_nothing_scrolls_sideways(opened, report, width):
    page, _ = opened(report, width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "shown"), [(1280, "wide"), (390, "narrow")])
def test_labels_of_figures_neither_overlap_nor_leave_their_figure(opened, report, width, shown):
    """Every pair of texts in a figure: no two boxes share more than a pixel."""
    page, _ = opened(report, width=width, height=844)
    faults = []
    for figure in page.locator(f"svg.{shown}").all():
        left, top, right, bottom = figure.evaluate(BOX)
        texts = figure.locator("text").evaluate_all(
            "all => all.map(e => { const b = e.getBoundingClientRect();"
            " return [e.textContent, b.left, b.top + b.height * .2, b.right, b.bottom - b.height * .2]; })"
        )
        faults += [t for t in texts if t[1] < left - 1 or t[3] > right + 1 or t[2] < top - 1 or t[4] > bottom + 1]
        faults += [
            (a[0], b[0])
            for i, a in enumerate(texts)
            for b in texts[i + 1 :]
            if min(a[3], b[3]) - max(a[1], b[1]) > 1 and min(a[4], b[4]) - max(a[2], b[2]) > 1
        ]
    assert faults == []


def test_the_pointer_is_told_the_numbers_under_it(opened, report):
    page, bad = opened(report)
    area = page.locator("#ck-f1-wide-ck-area")
    left, top, right, _ = area.evaluate(BOX)
    page.mouse.move(left + (right - left) * (24.5 / (31 * 24)), top + 20)  # the hour of 2 July 00:00
    tip = page.locator("#ck-tip")
    assert tip.inner_text().startswith("2 July 00:00: median ")
    page.mouse.move(5, 5)
    assert not tip.is_visible()
    assert bad == []


def test_data_tables_open_without_scripts(opened, report):
    page, _ = opened(report, scripts=False)
    table = page.locator("#F1-waiting-by-hour table")
    assert not table.is_visible()
    page.locator("#F1-waiting-by-hour summary").click()
    assert table.is_visible()
    assert table.locator("tbody tr").count() == 31


def test_the_page_prints_on_a_few_sheets_with_its_sources(opened, report):
    page, _ = opened(report)
    page.emulate_media(media="print")
    pdf = page.pdf(format="A4")
    assert 4 <= pdf.count(b"/Type /Page\n") <= 9
    assert page.locator("nav").is_hidden()
    assert page.locator("svg.wide").first.evaluate("e => e.getBoundingClientRect().width") > 300


def test_hostile_names_are_shown_and_not_run(opened, tmp_path):
    title = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
    names = dict.fromkeys(GATES, '"><svg onload=alert(3)>')
    page, bad = opened(sim.report.build(write_folder(tmp_path, title=title, replications=2, days=3, gate_titles=names)))
    assert page.get_by_role("heading", level=1).inner_text() == title
    assert page.title() == title
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    assert bad == []


def test_a_script_that_is_not_ours_does_not_run(opened, report, tmp_path):
    """The policy itself: a script planted in the file is refused by the browser, ours still runs."""
    planted = tmp_path / "planted.html"
    shutil.copy(report, planted)
    text = planted.read_text(encoding="utf-8").replace("<main>", "<main><script>document.title = 'planted'</script>")
    planted.write_text(text, encoding="utf-8")
    page, bad = opened(planted)
    assert page.title() != "planted"
    assert any("Content Security Policy" in message for message in bad)
    assert page.locator("#ck-tip").count() == 1
