// Makes pages quicker that work without it: keys, the palette, the sum of a refund.

const page = document.documentElement;
const say = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// --- Keys -------------------------------------------------------------------

const rows = () => all("[data-rows] tbody tr, ul[data-rows] > li");
let here = -1;
let awaiting = false;

function move(step) {
  const list = rows();
  if (!list.length) return;
  list[here]?.removeAttribute("data-here");
  here = Math.min(Math.max(here + step, 0), list.length - 1);
  const row = list[here];
  row.setAttribute("data-here", "");
  row.scrollIntoView({ block: "nearest" });
  say("a", row)?.focus({ preventScroll: true });
}

function choose() {
  const box = rows()[here] && say("input[type=checkbox]", rows()[here]);
  if (box) box.checked = !box.checked;
}

function go(key) {
  say(`[data-goto="${CSS.escape(key)}"]`)?.click();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: choose,
  g: () => {
    awaiting = true;
    setTimeout(() => (awaiting = false), 1500);
  },
  "/": () => say("[data-filter]")?.focus(),
  "?": () => location.assign("/console/help"),
};

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  const isTyping = event.target.closest("input, select, textarea, dialog");
  const isOff = page.dataset.shortcuts === "off";
  if (isTyping || isOff || event.ctrlKey || event.metaKey || event.altKey) return;
  if (awaiting) {
    awaiting = false;
    event.preventDefault();
    go(event.key);
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

// --- The palette ------------------------------------------------------------

let palette;
let asked = 0;

function openPalette() {
  if (!say("[data-find]")) return;
  palette ??= makePalette();
  if (!palette.open) palette.showModal();
  const input = say("input", palette);
  input.select();
  look(input.value);
}

function makePalette() {
  const dialog = document.createElement("dialog");
  const input = document.createElement("input");
  const found = document.createElement("div");
  const name = say("label[for=find]").textContent.trim();
  dialog.setAttribute("aria-label", name);
  input.type = "search";
  input.setAttribute("aria-label", name);
  found.setAttribute("aria-live", "polite");
  dialog.append(input, found);
  document.body.append(dialog);
  input.addEventListener("input", () => look(input.value));
  dialog.addEventListener("keydown", (event) => {
    const links = all("a", found);
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (links[at + 1] ?? links[0])?.focus();
    else if (event.key === "ArrowUp") (links[at - 1] ?? input).focus();
    else if (event.key === "Enter" && document.activeElement === input) links[0]?.click();
    else return;
    event.preventDefault();
  });
  return dialog;
}

async function look(words) {
  const turn = ++asked;
  const address = `/console/find?part=yes&q=${encodeURIComponent(words)}`;
  const answer = await fetch(address, { credentials: "same-origin" });
  const part = await answer.text();
  // A slow answer never takes the place of a later one.
  if (turn !== asked || !answer.ok) return;
  const parsed = new DOMParser().parseFromString(part, "text/html");
  say("div", palette).replaceChildren(...parsed.body.childNodes);
}

// --- Forms ------------------------------------------------------------------

const refund = say("#refund");

function tellSum() {
  const shown = say("[data-sum]", refund);
  const cents = (text) => Math.round(Number(text) * 10000);
  const sum = all("[data-unit]", refund).reduce(
    (whole, input) => whole + cents(input.dataset.unit) * Number(input.value || 0), 0);
  shown.textContent = sum ? (sum / 10000).toFixed(2) : "";
}

if (say("[data-unit]", refund ?? undefined)) {
  refund.addEventListener("input", tellSum);
  tellSum();
}

for (const form of all("form[data-live]")) {
  const range = say("input[type=range]", form);
  range?.addEventListener("input", () => (say("output", form).value = range.value));
  let waits;
  form.addEventListener("change", () => {
    clearTimeout(waits);
    // Whoever holds a key down is asked for once, and goes on from where they were.
    waits = setTimeout(() => {
      sessionStorage.setItem("focus", document.activeElement.id);
      form.requestSubmit();
    }, 350);
  });
}

for (const form of all("form[data-again]")) setTimeout(() => form.requestSubmit(), 1000);

for (const form of all("form[data-drop]")) {
  const file = say("input[type=file]", form);
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    file.files = event.dataTransfer.files;
  });
}

// A category that is dragged goes below the one it is dropped on; dropped on the edge of
// one beside it, it goes there. The forms do both, for whoever has no mouse.
for (const tree of all("[data-tree]")) {
  let moved;
  const under = (event) => event.target.closest("li");
  const edge = (item, y) => {
    const { top, height } = item.getBoundingClientRect();
    if (item.dataset.parent !== moved.dataset.parent) return 0;
    return y < top + height / 4 ? -1 : y > top + (height * 3) / 4 ? 1 : 0;
  };
  const place = (item, side) => {
    const [from, to] = [moved, item].map((each) => Number(each.dataset.position));
    return side < 0 ? (from > to ? to : to - 1) : from > to ? to + 1 : to;
  };
  const send = (what, name, value) => {
    const form = say(`form[action$="/${what}"]`, moved);
    form.elements[name].value = value;
    form.requestSubmit();
  };
  const unmark = () => all("[data-drop-at]", tree).forEach((item) => delete item.dataset.dropAt);
  tree.addEventListener("dragstart", (event) => (moved = under(event)));
  tree.addEventListener("dragover", (event) => {
    const item = under(event);
    unmark();
    if (!moved || !item || item === moved) return;
    event.preventDefault();
    item.dataset.dropAt = edge(item, event.clientY);
  });
  tree.addEventListener("dragend", unmark);
  tree.addEventListener("drop", (event) => {
    const item = under(event);
    if (!moved || !item || item === moved) return;
    event.preventDefault();
    const side = edge(item, event.clientY);
    if (side) send("place", "position", place(item, side));
    else send("rename", "name", `${item.dataset.path} > ${moved.dataset.name}`);
  });
}

// Cells of a spreadsheet go into the cells from there on, to the right and down.
for (const form of all("form[data-grid]")) {
  form.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "");
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const rows = all("tbody tr", form).map((row) => all("td input", row));
    const top = rows.findIndex((row) => row.includes(event.target));
    const left = rows[top].indexOf(event.target);
    text.split("\n").forEach((line, down) => line.split("\t").forEach((cell, right) => {
      const input = rows[top + down]?.[left + right];
      if (input) input.value = cell;
    }));
  });
}

for (const button of all("[data-print]")) button.addEventListener("click", () => print());

// Sent once, and seen to be sent; a page that comes back from the cache may send again.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

addEventListener("pageshow", () => {
  for (const form of all("form[data-sent]")) delete form.dataset.sent;
  say(".loading")?.remove();
});

addEventListener("beforeunload", () => {
  setTimeout(() => {
    const bar = document.createElement("div");
    bar.className = "loading";
    document.body.append(bar);
  }, 150);
});

// --- What is told after a page has come -------------------------------------

document.getElementById(sessionStorage.getItem("focus"))?.focus();
sessionStorage.removeItem("focus");
(say("main .problem") ?? (location.search.includes("done=") ? say("h1") : null))?.focus();

for (const told of all("[data-countdown]")) {
  let left = Number(told.dataset.countdown);
  const form = say("main form[method=post]");
  const clock = setInterval(() => {
    left -= 1;
    told.textContent = told.textContent.replace(/\d+/, String(Math.max(left, 0)));
    if (left > 0) return;
    clearInterval(clock);
    say("button", form ?? undefined)?.focus();
  }, 1000);
}
