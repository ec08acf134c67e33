"""The page that checks evidence bundles, in a real browser, opened from disk with no network."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from attest.evidence.shipped import verifier_html
from tests.support.evidence_bundles import bundle_from, files_of

GOLDEN = Path(__file__).parents[2] / "golden" / "evidence-v1.bundle"
GOLDEN_TRUST = "071e9b37f85b767a479b179cf8a91430d46a7a6ef3ef80f9165b5149d56ae4d4"
DRIVER = """
import json, sys
from playwright.sync_api import sync_playwright

browser_path, page_uri, cases = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
found = []
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
    for bundle, digest in cases:
        page = browser.new_context(offline=True, viewport={"width": 390, "height": 800}).new_page()
        messages = []
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(page_uri)
        page.set_input_files("#bundle", bundle)
        page.fill("#digest", digest)
        page.click("button")
        page.wait_for_selector("#result:not([hidden])", timeout=30000)
        width = page.evaluate("document.documentElement.scrollWidth")
        found.append([page.inner_text("#verdict"), page.locator("#failures li").all_inner_texts(), messages, width])
    browser.close()
print(json.dumps(found))
"""


def test_page_shows_good_bad_and_undecided_in_a_browser(require: Callable[..., None], tmp_path: Path) -> None:
    require("chromium")
    require("playwright", importlib.util.find_spec("playwright") is not None)
    files = files_of(GOLDEN.read_bytes())
    del files["data/entries/000000000002.sigstore.json"]
    (tmp_path / "bad.bundle").write_bytes(bundle_from(files))
    page = tmp_path / "verifier.html"
    page.write_bytes(verifier_html())
    cases = [[str(GOLDEN), GOLDEN_TRUST], [str(tmp_path / "bad.bundle"), GOLDEN_TRUST], [str(GOLDEN), ""]]
    command = [sys.executable, "-c", DRIVER, str(shutil.which("chromium")), page.as_uri(), json.dumps(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    good, bad, undecided = json.loads(done.stdout)
    assert good == ["Valid", [], [], 390]
    assert bad[0] == "INVALID: entries, parts"
    assert bad[1][0].startswith("entries: entry 2: ")
    assert bad[2:] == [[], 390]
    assert undecided == ["Not decided", [], [], 390]
