"""Opens many pages in one window of a real browser, in a process of its own: `python browser_walk.py CHROMIUM JSON` prints JSON.

Beside being shown a page may do nothing: dialogs, other windows, consoles, errors, refused content, other pages and other
addresses are written down, a link by what pressing it would open.
"""

from __future__ import annotations

import json
import sys

from playwright.sync_api import Page, sync_playwright

REFUSED = "addEventListener('securitypolicyviolation', (e) => console.error('refused ' + e.violatedDirective))"
SETTLED = "new Promise((done) => setTimeout(() => requestAnimationFrame(done), 60))"
"""Long enough for what a page starts at once: a handler of an image that failed, a refresh, a module."""
LINKS = """[...document.querySelectorAll('[href], [src], [action], [formaction], iframe, object, embed, base')]
    .filter((e) => !['LINK', 'SCRIPT'].includes(e.tagName))
    .map((e) => e.getAttribute('href') ?? e.getAttribute('src') ?? e.getAttribute('action') ?? e.outerHTML.slice(0, 80))"""
SCRIPTS = "[...document.scripts].map((s) => s.src.replace(location.origin, ''))"
HANDLERS = (
    "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => /^on|^style$/.test(n))"
)


def _watch(page: Page, said: list[str], asked: list[str]) -> None:
    page.add_init_script(REFUSED)
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.on("popup", lambda _: said.append("popup"))
    page.on("download", lambda _: said.append("download"))
    page.on("console", lambda message: said.append(f"console: {message.text[:200]} {message.location['url']}"))
    page.on("pageerror", lambda error: said.append(f"error: {str(error)[:200]}"))
    page.on("request", lambda request: asked.append(request.url))


def main() -> None:
    chromium, told = sys.argv[1], json.loads(sys.argv[2])
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(extra_http_headers={"Authorization": f"Bearer {told['token']}"})
        page, said, asked = context.new_page(), [], []
        _watch(page, said, asked)
        for path in told["pages"]:
            wanted = told["base"] + path
            page.goto(wanted, wait_until="load")
            page.evaluate(SETTLED)
            found.append(
                {
                    # Chromium asks for one where a document names none, as JSON does.
                    "said": [one for one in said if not one.endswith("/favicon.ico")],
                    "stayed": page.url == wanted and len(context.pages) == 1,
                    "elsewhere": [one for one in asked if not one.startswith((told["base"] + "/", "data:image/svg"))],
                    "scripts": page.evaluate(SCRIPTS),
                    "handlers": page.evaluate(HANDLERS),
                    "links": page.evaluate(LINKS),
                }
            )
            said.clear()
            asked.clear()
        browser.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
