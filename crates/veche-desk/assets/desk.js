// What makes the pages faster; nothing here is needed to use them.
"use strict";
(() => {
  const main = () => document.getElementById("main");
  let since = performance.now();

  // The node's clock, not the reader's: an exercise runs at its own speed.
  const now = () => {
    const { now, rate } = main().dataset;
    return Number(now) + ((performance.now() - since) / 1000) * (Number(rate) / 1000);
  };
  const two = (n) => String(n).padStart(2, "0");
  const clock = (seconds) =>
    `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;

  const tick = () => {
    for (const time of document.querySelectorAll("time[data-seconds]")) {
      const left = Number(time.dataset.at) - now();
      if (left > 0) time.textContent = `in ${clock(left)}`;
      else if (!time.classList.contains("late")) {
        time.classList.add("late");
        time.textContent = "now";
      }
    }
    const shown = document.getElementById("now");
    if (shown) {
      shown.textContent = new Date(now() * 1000).toISOString().slice(0, 16).replace("T", " ");
    }
  };

  const showCopyButtons = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "✓";
    } catch {
      button.textContent = "✕";
    }
    setTimeout(() => { button.textContent = words; }, 1500);
  });

  // New records wait behind a line; they never move what is being read.
  let held = Number(document.body.dataset.records);
  const gone = (is) => {
    document.getElementById("gone").hidden = !is;
    document.getElementById("live")?.classList.toggle("gone", is);
  };
  const showFresh = () => {
    const count = held - Number(main().dataset.records);
    const line = document.getElementById("fresh");
    line.hidden = count <= 0;
    document.getElementById("fresh-count").textContent = String(count);
    // Nobody presses anything on a wall.
    if (count > 0 && document.documentElement.classList.contains("wall")) line.querySelector("a").click();
  };
  const { stream } = document.body.dataset;
  // Sessions end with the node's process: one that has been started again answers, and does not know this page.
  const isSignedOut = async () => {
    const asking = new AbortController();
    try {
      return (await fetch(stream, { signal: asking.signal })).status === 403;
    } catch {
      return false;
    } finally {
      asking.abort();
    }
  };
  const listen = () => {
    const source = new EventSource(stream);
    source.addEventListener("records", (event) => {
      held = Math.max(held, Number(event.data) || 0);
      gone(false);
      showFresh();
    });
    source.addEventListener("open", () => gone(false));
    source.addEventListener("error", async () => {
      gone(true);
      // While nobody answers, the browser asks again by itself; after an answer that is no news, such as "loading", it does not.
      if (source.readyState !== EventSource.CLOSED) return;
      const out = document.getElementById("out");
      if (out && (await isSignedOut())) {
        out.hidden = false;
        gone(false);
      } else setTimeout(listen, 3000);
    });
  };
  if (stream && "EventSource" in window) listen();
  document.addEventListener("htmx:sendError", () => gone(true));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr?.status) gone(false);
  });
  // An act that leads to another page goes there, so that the address says what is shown.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    const led = new URL(xhr.responseURL || location.href, location.href);
    const asked = new URL(pathInfo.requestPath, location.href);
    if (led.pathname !== asked.pathname && led.pathname !== location.pathname) {
      event.detail.shouldSwap = false;
      location.assign(led);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    since = performance.now();
    // What is still loading was swapped in, without the header by which a page of its own asks again.
    if (main().querySelector("[data-again]")) setTimeout(() => location.reload(), 1000);
    showCopyButtons(main());
    showFresh();
    tick();
    const flash = document.querySelector("#main > .flash");
    if (flash) {
      flash.tabIndex = -1;
      flash.focus();
    }
  });

  // Keys: off inside fields, with modifiers, and when switched off.
  const pages = { w: "/", p: "/picture", c: "/cases", d: "/decisions", r: "/registers", l: "/log" };
  const link = (path) =>
    [...document.querySelectorAll("nav a")].find((a) => new URL(a.href).pathname === path);
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.querySelector("a"));
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    next.querySelector("a").focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const otherTheme = () => {
    const chosen = document.documentElement.dataset.theme;
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.getElementById(dark ? "theme-light" : "theme-dark").click();
  };
  const acts = {
    "/": () => document.getElementById("q")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    "[": () => document.querySelector("a[rel=prev]")?.click(),
    "]": () => document.querySelector("a[rel=next]")?.click(),
    n: () => { if (!document.getElementById("fresh").hidden) document.querySelector("#fresh a").click(); },
    t: otherTheme,
    "?": () => {
      const keys = document.getElementById("keys");
      keys.open = true;
      keys.querySelector("summary").focus();
    },
    " ": () => document.querySelector("[data-play]")?.click(),
  };
  const keysOn = document.getElementById("keys-on");
  try {
    keysOn.checked = localStorage.getItem("keys") !== "off";
    keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
  } catch {
    // No storage: the choice lasts as long as the page.
  }
  let went = 0;
  document.addEventListener("keydown", (event) => {
    if (!keysOn.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    // Space presses a button and opens a summary before it does anything else.
    if (event.key === " " && (event.target.closest("button, summary, a") || !document.querySelector("[data-play]"))) return;
    if (event.key === "g") {
      went = performance.now();
      return;
    }
    if (performance.now() - went < 1500 && pages[event.key]) {
      went = 0;
      link(pages[event.key])?.click();
      return;
    }
    const act = acts[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  showCopyButtons(document);
  tick();
  setInterval(tick, 1000);
})();
