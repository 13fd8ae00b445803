// The mode for a projector: large type, high contrast, the picture as high as the wall, and one bar with what is chosen most.
// Knows the browser's full screen and address; what it looks like is in `room.css`.

import { act, chooseClass } from "../connection.js";
import { remember } from "../link.js";
import { percent } from "../numbers.js";
import { nameOf, ranked, renamed, shareOf } from "../predictions/classes.js";
import { drawnClass, wantedClass } from "../state.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { presenting } from "./fit.js";
import { WORDS } from "./words.js";

/** @import { State } from "../state.js" */

const CLASSES = 20; // the most likely ones, for a choice

/** @param {string} selector */
const one = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

/** @param {Element} tab */
const nameOfTab = (tab) => tab.id.replace(/^cam-tab-|-button$/g, "");

/** The tab on show. */
function tabNow() {
  const tab = one("[role=tab][id^=cam-tab-][aria-selected=true]");
  return tab ? nameOfTab(tab) : "explore";
}

/**
 * Make the mode; what is returned begins and ends it.
 * @param {HTMLElement} button of the header @param {() => void} keys shows the list of keys
 */
export function makePresenter(button, keys) {
  const bar = makeBar(() => show(false), keys);
  let full = false; // whether the mode took the screen
  const page = document.documentElement;

  /** @param {boolean} on @param {boolean} [written] into the address */
  function show(on, written = true) {
    if (on === presenting()) return;
    document.body.classList.toggle("cam-present", on);
    button.setAttribute("aria-pressed", String(on));
    bar.root.hidden = !on;
    if (on) bar.fill(store.state);
    if (on && document.activeElement === button) bar.out.focus(); // the header is hidden
    bar.place();
    window.dispatchEvent(new Event("resize")); // pictures are measured anew
    if (written) remember({ present: on ? "1" : "" }, store.state.confirmed?.choice.photo ?? {});
    if (!on && document.fullscreenElement === page) document.exitFullscreen();
    if (!on) return button.focus({ preventScroll: true });
    page.requestFullscreen?.().then(
      () => {
        full = presenting();
        if (!full) document.exitFullscreen();
      },
      () => {}, // where it is not allowed the mode fills the window
    );
  }
  document.addEventListener("fullscreenchange", () => {
    if (document.fullscreenElement || !full) return;
    full = false;
    show(false); // Escape was the browser's
  });
  button.onclick = () => show(true);
  if (new URLSearchParams(location.search).get("present") === "1") show(true, false);
  return { toggle: () => show(!presenting()), leave: () => show(false) };
}

/** @param {string} name @param {string} [part] */
function field(name, part = "") {
  const label = Object.assign(document.createElement("label"), { className: `room-field ${part}` });
  const word = label.appendChild(document.createElement("span"));
  const select = label.appendChild(document.createElement("select"));
  select.id = `cam-room-${name}`;
  return { word, select };
}

/** @param {() => void} leave @param {() => void} keys */
function makeBar(leave, keys) {
  const root = Object.assign(document.createElement("nav"), { className: "room-bar", hidden: true });
  const tabs = root.appendChild(Object.assign(document.createElement("div"), { className: "room-tabs" }));
  const [index, method] = [field("class", "room-class"), field("method")];
  const buttons = Object.assign(document.createElement("div"), { className: "room-tabs" });
  const [help, out] = [keys, leave].map((onclick) => {
    return buttons.appendChild(Object.assign(document.createElement("button"), { type: "button", onclick }));
  });
  for (const { select } of [index, method]) root.append(/** @type {HTMLElement} */ (select.parentElement));
  root.append(buttons);
  document.body.prepend(root);
  index.select.onchange = () => chooseClass(Number(index.select.value));
  method.select.onchange = () => act({ method: method.select.value });

  function nameTabs() {
    const now = tabNow();
    const found = [...document.querySelectorAll("[role=tab][id^=cam-tab-]")].map((tab) => {
      const name = nameOfTab(tab);
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: TEXT.tab(name) });
      made.onclick = () => tab instanceof HTMLElement && tab.click();
      if (name === now) made.setAttribute("aria-current", "page");
      return made;
    });
    const at = [...tabs.children].indexOf(/** @type {Element} */ (document.activeElement));
    tabs.replaceChildren(...found);
    found[at]?.focus();
  }

  /** @param {State} state */
  function fill(state) {
    root.setAttribute("aria-label", WORDS.bar());
    index.word.textContent = WORDS.chosenClass();
    method.word.textContent = WORDS.method();
    help.textContent = WORDS.keys();
    out.textContent = WORDS.leave();
    nameTabs();
    fillClasses(index.select, state);
    const from = /** @type {HTMLSelectElement | null} */ (one("#cam-method"));
    method.select.replaceChildren(...[...(from?.children ?? [])].map((option) => option.cloneNode(true)));
    method.select.value = state.wanted.method || state.confirmed?.choice.method || "";
  }

  /** The bar stands where the controls do: what is below it begins there. */
  function place() {
    document.body.dataset.camTab = tabNow();
    document.body.style.setProperty("--room-bar", `${root.offsetHeight}px`);
    document.documentElement.style.setProperty("--room-high", `${root.offsetHeight}px`);
  }
  store.subscribe((state, before) => {
    if (root.hidden) return;
    if (renamed(state, before) || state.confirmed !== before.confirmed || state.wanted !== before.wanted)
      setTimeout(() => fill(store.state)); // once the choices know of it
  });
  // Gradio builds its tabs late and anew: what says which is on show is looked for in the whole page.
  const turned = new MutationObserver(() => {
    if (root.hidden || tabNow() === document.body.dataset.camTab) return;
    place();
    nameTabs();
    window.dispatchEvent(new Event("resize")); // the view in sight is measured anew
  });
  turned.observe(document.body, { subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
  new ResizeObserver(place).observe(root);
  return { root, out, fill, place };
}

/** The most likely classes, and the one on show. @param {HTMLSelectElement} select @param {State} state */
function fillClasses(select, state) {
  const first = [...(ranked(state)?.order.slice(0, CLASSES) ?? [])];
  const shown = drawnClass(state);
  if (shown >= 0 && !first.includes(shown)) first.push(shown);
  select.replaceChildren(
    ...first.map((index) => new Option(`${nameOf(state, index)} · ${percent(shareOf(state, index))}`, String(index))),
  );
  select.value = String(wantedClass(state));
}
