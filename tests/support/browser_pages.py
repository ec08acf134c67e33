"""Looks at pages of a service in one real browser, in a process of its own: `python browser_pages.py CHROMIUM JSON` prints JSON.

Each page is looked at wide and narrow, light and dark, printed, by keyboard, with axe, and without scripts; one with `look` false
is only opened. With `pictures`, a folder, it is also painted there. A page that a step leads to is looked at after its steps:
`goto`, `fill`, `click`, `press`, `evaluate`, `break` (a bundle is changed on its way), `revoke` (another list of revoked authorities
comes), `honest` (nothing is changed any more).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

REFUSED = "addEventListener('securitypolicyviolation', (e) => console.error('refused ' + e.violatedDirective))"
SETTLED = """() => document.readyState === 'complete' && (document.querySelector('.failed') !== null
    || !(document.getElementById('checked-by')?.textContent ?? '').startsWith('Not checked in this browser'))"""
WIDE = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
AXE = """async (rules) => (await axe.run(document, {resultTypes: ['violations'], preload: false, runOnly: rules}))
    .violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | '))"""
RULES = {"light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "dark": ["color-contrast"]}
"""What is judged in which light: only colours differ."""
FOCUS = """() => { const e = document.activeElement; const s = getComputedStyle(e); const r = e.getBoundingClientRect();
    return e === document.body ? null : {what: e.outerHTML.slice(0, 80), style: s.outlineStyle, wide: parseFloat(s.outlineWidth),
    seen: r.width > 0 && r.height > 0}; }"""
FACTS = """() => { const page = document.querySelector('main').cloneNode(true);
    page.querySelectorAll('[data-proof] .what, #checked-by, template, noscript, #keys, [data-scripted]').forEach((e) => e.remove());
    return page.textContent.replace(/\\s+/g, ' ').trim(); }"""
PROOF = """() => ({lines: [...document.querySelectorAll('[data-proof] .what')].map((e) => e.innerText),
    checked: document.getElementById('checked-by')?.innerText ?? '', band: document.querySelector('.band h1')?.innerText ?? ''})"""
TABS = 12


def _watch(page: Page, said: list[str], base: str) -> None:
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.on("popup", lambda _: said.append("popup"))
    page.on("console", lambda message: said.append(f"console: {message.text[:200]}"))
    page.on("pageerror", lambda error: said.append(f"error: {str(error)[:200]}"))
    page.on(
        "request",
        lambda one: (
            said.append(f"elsewhere: {one.url[:200]}") if not one.url.startswith((base, "blob:", "data:")) else None
        ),
    )


def _broken(route: Route) -> None:
    bundle = json.loads(route.fetch().text())
    payload = bundle["dsseEnvelope"]["payload"]
    bundle["dsseEnvelope"]["payload"] = payload[:-8] + ("A" if payload[-8] != "A" else "B") + payload[-7:]
    route.fulfill(json=bundle)


def _step(page: Page, base: str, step: list[str]) -> None:
    kind, *rest = step
    if kind == "goto":
        page.goto(base + rest[0], wait_until="load")
    elif kind == "fill":
        page.fill(rest[0], rest[1])
    elif kind == "click":
        page.click(rest[0])
    elif kind == "press":
        page.press(rest[0], rest[1])
    elif kind == "evaluate":
        page.evaluate(rest[0])
    elif kind == "revoke":
        page.route(re.compile(r"/keys/revocations\.json$"), lambda route: route.fulfill(json=json.loads(rest[0])))
    elif kind == "honest":
        page.unroute_all()
    elif kind == "break":
        page.route(re.compile(r"/v1/attestations/[^/]+/bundle$"), _broken)
    page.wait_for_load_state("load")
    page.wait_for_function(SETTLED)


def _focused(page: Page) -> list[str]:
    """Give what had the focus and did not show it."""
    bad = []
    page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    for _ in range(TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found and not (found["style"] == "solid" and found["wide"] >= 2 and found["seen"]):
            bad.append(str(found))
    return bad


def _look(page: Page, axe: str, picture: str) -> dict[str, Any]:
    """Look at the page that is open, in every way."""
    found: dict[str, Any] = {"axe": []}
    page.evaluate(axe)
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found["axe"] += [f"{scheme} {one}" for one in page.evaluate(AXE, rules)]
        if picture:
            page.screenshot(path=f"{picture}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    found["focus"] = _focused(page)
    page.set_viewport_size({"width": 390, "height": 844})
    found["narrow"] = page.evaluate(WIDE)
    if picture:
        page.screenshot(path=f"{picture}-390.png", full_page=True)
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")
    found["paper"] = page.evaluate(WIDE)
    found["searches"] = page.locator("input[type=search]:visible, nav:visible").count()
    if picture:
        page.screenshot(path=f"{picture}-print.png", full_page=True)
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "14mm")
    sheets = (page.pdf(prefer_css_page_size=True), page.pdf(format="Letter", margin=margin))
    found["pdf"] = [len(re.findall(rb"/Type\s*/Page\b", one)) for one in sheets]
    return found


def _open(context: BrowserContext, base: str, said: list[str]) -> Page:
    page = context.new_page()
    _watch(page, said, base)
    return page


def main() -> None:
    chromium, told = sys.argv[1], json.loads(sys.argv[2])
    axe, base, pictures = Path(told["axe"]).read_text(), told["base"], told.get("pictures", "")
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        signed_in = {"Authorization": f"Bearer {told['token']}"}
        bare = browser.new_context(extra_http_headers=signed_in, java_script_enabled=False)
        plain = bare.new_page()
        shared = browser.new_context(extra_http_headers=signed_in)
        for name, one in told["pages"].items():
            own = one.get("alone", False)
            context = (
                browser.new_context(extra_http_headers={} if one.get("stranger") else signed_in) if own else shared
            )
            context.add_init_script(REFUSED)
            context.set_default_timeout(20_000)
            said: list[str] = []
            page = _open(context, base, said)
            for step in [["goto", one["path"]], *one.get("steps", ())]:
                _step(page, base, step)
            picture = f"{pictures}/{name}" if pictures else ""
            seen = found[name] = {"url": page.url, **page.evaluate(PROOF), "said": said}
            if one.get("look", True):
                seen.update(_look(page, axe, picture))
            if one.get("look", True) and not own:
                plain.goto(page.url)
                seen["facts"] = page.evaluate(FACTS)
                seen["without"] = plain.evaluate(FACTS)
            page.close()
            if own:
                context.close()
        browser.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
