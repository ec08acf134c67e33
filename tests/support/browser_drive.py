"""Drives pages of a service in a real browser, in a process of its own: `python browser_drive.py CHROMIUM JSON` prints JSON.

Whatever a page says or does beside being shown is written down: dialogs, other windows, consoles, errors, refused content;
and the bytes of all that it loaded, how wide it is, where keys put the focus, and where clicks lead.
"""

from __future__ import annotations

import json
import sys

from playwright.sync_api import Page, Response, sync_playwright

REFUSED = "addEventListener('securitypolicyviolation', (e) => console.error('refused ' + e.violatedDirective))"
FOCUS = "(() => { const e = document.activeElement; return e.dataset.kind || e.id || e.className || e.tagName; })()"


def _watch(page: Page, said: list[str], loaded: list[Response]) -> None:
    page.add_init_script(REFUSED)
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.on("popup", lambda _: said.append("popup"))
    page.on("console", lambda message: said.append(f"console: {message.text[:200]}"))
    page.on("pageerror", lambda error: said.append(f"error: {str(error)[:200]}"))
    # The driver marks what it calls, which a method of a list does not take.
    page.on("response", lambda reply: loaded.append(reply))  # noqa: PLW0108


def main() -> None:
    chromium, asked = sys.argv[1], json.loads(sys.argv[2])
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for one in asked["pages"]:
            context = browser.new_context(
                viewport={"width": one.get("width", 1280), "height": 900},
                color_scheme=one.get("scheme", "light"),
                java_script_enabled=one.get("js", True),
                extra_http_headers={"Authorization": f"Bearer {asked['token']}"},
            )
            page, said, loaded = context.new_page(), [], []
            _watch(page, said, loaded)
            wanted = asked["base"] + one["path"]
            page.goto(wanted, wait_until="networkidle")
            size = sum(len(reply.body()) for reply in loaded if reply.status == 200)
            pressed = []
            for key in one.get("keys", ()):
                page.keyboard.press(key)
                pressed.append(page.evaluate(FOCUS))
            clicked = []
            for selector in one.get("clicks", ()):
                page.click(selector)
                clicked.append(page.url.removeprefix(asked["base"]))
            result = {
                "said": said,
                "stayed": page.url == wanted,
                "bytes": size,
                "pressed": pressed,
                "clicked": clicked,
            }
            if one.get("js", True):
                result["wide"] = page.evaluate("document.documentElement.scrollWidth")
            found.append(result)
            context.close()
        browser.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
