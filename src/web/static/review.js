// Comfort on top of pages that work without it: keys, fields that follow the choice. Nothing is fetched, nothing is stored.
"use strict";

const keysOn = document.body.dataset.keys === "on";
const announcer = document.getElementById("announce");

function announce(text) {
  if (announcer !== null) announcer.textContent = text;
}

/** Whether keys are for typing right now. */
function typing(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest("[contenteditable], textarea, select") !== null) return true;
  const field = target.closest("input");
  return field !== null && !["checkbox", "radio", "submit", "button"].includes(field.type);
}

const rows = [...document.querySelectorAll("tr[data-row]")];
let current = -1;

function moveTo(index) {
  const row = rows[index];
  if (row === undefined) return announce(index < 0 ? "Beginning of the list" : "End of the list");
  if (rows[current] !== undefined) rows[current].classList.remove("current");
  current = index;
  row.classList.add("current");
  row.scrollIntoView({ block: "nearest" });
  const link = row.querySelector("a");
  if (link !== null) link.focus({ preventScroll: true });
}

function select() {
  const box = rows[current] === undefined ? null : rows[current].querySelector("input[type=checkbox]");
  if (box === null) return;
  box.checked = !box.checked;
  announce(box.checked ? "Selected" : "Not selected");
}

function open() {
  const link = rows[current] === undefined ? null : rows[current].querySelector("a");
  if (link !== null) link.click();
}

/** What a key of an item stands for: a choice, a part to unfold, a link. */
function take(element) {
  if (element instanceof HTMLInputElement) {
    element.checked = true;
    element.focus();
    element.dispatchEvent(new Event("change", { bubbles: true }));
    const label = element.labels === null ? undefined : element.labels[0];
    announce(`Chosen: ${label === undefined ? element.value : label.textContent.trim()}`);
  } else if (element instanceof HTMLAnchorElement) element.click();
  else {
    const part = element.closest("details");
    if (part !== null) part.open = true;
    element.focus();
  }
}

const LIST_KEYS = { j: () => moveTo(current + 1), k: () => moveTo(current - 1), x: select, o: open };

document.addEventListener("keydown", (event) => {
  if (!keysOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) return;
  if (event.key === "?") {
    event.preventDefault();
    location.assign("/help#keys");
    return;
  }
  const action = rows.length > 0 && Object.hasOwn(LIST_KEYS, event.key) ? LIST_KEYS[event.key] : undefined;
  const element = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (action === undefined && element === undefined) return;
  event.preventDefault();
  if (action !== undefined) action();
  else take(element);
});

// All of one person at once; without scripts the page comes again with them ticked.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-all]") : null;
  if (button === null) return;
  event.preventDefault();
  const boxes = [...button.closest("tbody").querySelectorAll('input[name="items"]')];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
  announce(`${on ? "Selected" : "Not selected"}: ${boxes.length}`);
});

// Fields of a choice are shown with it alone. Without scripts all are shown, and those of other choices do not count.
const parts = [...document.querySelectorAll("[data-of]")];
function follow() {
  const chosen = document.querySelector('#decision input[name="choice"]:checked');
  for (const part of parts) part.hidden = chosen === null || chosen.value !== part.dataset.of;
}
if (parts.length > 0) {
  document.addEventListener("change", follow);
  follow();
}

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent === "yes") event.preventDefault();
  else form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// What went wrong is read first.
const trouble = document.getElementById("trouble");
if (trouble !== null) trouble.focus();
