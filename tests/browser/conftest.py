"""A real browser, off the network."""

import os
import shutil

import pytest

import sim.report
from tests.report.synthetic import write_folder

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium. Without it these tests fail in CI and are skipped elsewhere."""
    found = shutil.which("chromium")
    if found is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("the report is not looked at: no chromium on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """The report of a synthetic month of 10 replications."""
    return sim.report.build(write_folder(tmp_path_factory.mktemp("month"), replications=10, days=31))


@pytest.fixture
def opened(browser):
    """A function that opens a page in a fresh context and gives it back with the list of what went wrong."""
    contexts = []

    def open_page(path, *, width=1280, height=800, scripts=True):
        context = browser.new_context(
            offline=True, java_script_enabled=scripts, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        page, bad = context.new_page(), []
        page.on("request", lambda r: bad.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        page.on("pageerror", lambda e: bad.append(str(e)))
        page.on("console", lambda m: bad.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("dialog", lambda d: (bad.append(d.message), d.dismiss()))
        page.goto(path.as_uri())
        return page, bad

    yield open_page
    for context in contexts:
        context.close()
