"""What is measured on a page: accessibility, width, targets."""

from importlib.resources import files

from playwright.sync_api import Page

from tally import expect

# The rules of WCAG 2.2, A and AA; among them the size of targets, with the standard's exceptions for links in sentences.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# Smallest width and height of what is pressed, in CSS pixels (WCAG 2.2, 2.5.8).
TARGET_MIN = 24

# The package carries axe itself; of the package, only that is used.
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

_RUN_AXE = """rules => axe.run(document, {
  preload: false, iframes: false, resultTypes: ['violations'], runOnly: {type: 'tag', values: rules},
}).then(result => ({
  passes: result.passes.length,
  violations: result.violations.map(one => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 160)}`),
}))"""

# What lies in a closed menu has no box. A tick box is pressed by its label; links in sentences are left to axe.
_SMALL_TARGETS = """least => {
  const pressed = 'button, summary, select, textarea, input:not([type=hidden]), svg a, a.button, nav a';
  const box = element => (element.closest('label') || element).getBoundingClientRect();
  const seen = element => element.checkVisibility({visibilityProperty: true}) && box(element).width > 0;
  const all = [...document.querySelectorAll(pressed)].filter(seen);
  const small = all.filter(element => {
    const {width, height} = box(element);
    return Math.min(width, height) < least - 0.01;
  });
  return {count: all.length, small: small.map(element => {
    const {width, height} = box(element);
    return `${element.outerHTML.slice(0, 100)} is ${width.toFixed(1)} x ${height.toFixed(1)}`;
  })};
}"""

_WIDEST = """() => {
  const edge = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > edge + 0.5);
  return over.slice(0, 3).map(e => e.outerHTML.slice(0, 100));
}"""


def check_axe(page: Page) -> None:
    """axe finds nothing, and has looked."""
    page.evaluate(AXE)
    found = page.evaluate(_RUN_AXE, RULES)
    expect(found["passes"] > 0, "axe looked at nothing")
    expect(not found["violations"], "axe: " + "\n".join(found["violations"]))


def check_targets(page: Page) -> None:
    """Whatever is pressed is large enough to be met by a tired thumb."""
    found = page.evaluate(_SMALL_TARGETS, TARGET_MIN)
    expect(found["count"] > 0, "nothing on the page can be pressed")
    expect(not found["small"], "too small to press: " + "\n".join(found["small"]))


def check_width(page: Page, width: int, height: int) -> None:
    """The page does not scroll sideways at a width."""
    page.set_viewport_size({"width": width, "height": height})
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        over = "\n".join(page.evaluate(_WIDEST))
        expect(False, f"{wide} px wide where {width} are to be had:\n{over}")
