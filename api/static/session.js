// The keys of the session page. Everything they lead to is a link as well: without this file nothing is out of reach.

const KINDS = { o: "override", r: "rejected", p: "plan", f: "failed", s: "secret" };
const places = { signal: -1, hunk: -1 };

function typing(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

function show(element) {
  element.setAttribute("tabindex", "-1");
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}

function step(name, selector, by) {
  const all = [...document.querySelectorAll(selector)];
  if (all.length === 0) return;
  const here = all.indexOf(document.activeElement);
  const from = here >= 0 ? here : Math.min(places[name] ?? -1, all.length - 1);
  const next = (from + by + all.length) % all.length;
  places[name] = from < 0 && by < 0 ? all.length - 1 : next;
  show(all[places[name]]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const { key } = event;
  if (key === "j" || key === "k") step("signal", ".signal", key === "j" ? 1 : -1);
  else if (key === "[" || key === "]") step("hunk", "[data-hunk]", key === "]" ? 1 : -1);
  else if (Object.hasOwn(KINDS, key)) step(key, `.signal[data-kind="${KINDS[key]}"]`, 1);
  else if (key === "/") document.getElementById("find").focus();
  else if (key === "?") show(document.getElementById("keys"));
  else return;
  event.preventDefault();
});

// A link to a row inside a fold opens the fold first, also when the page was opened at it.
function unfold() {
  const name = location.hash.slice(1);
  const target = /^e[0-9]+$/.test(name) ? document.getElementById(name) : null;
  const fold = target && target.closest("details");
  if (fold && !fold.open) {
    fold.open = true;
    target.scrollIntoView();
  }
}

addEventListener("hashchange", unfold);
unfold();
