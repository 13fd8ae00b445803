// The box that finds a class by any of its names: a combobox with a list of at most MOST names.
// Draws from the store; chooses classes.

import { chooseClass } from "../connection.js";
import { percent } from "../numbers.js";
import { actionOf } from "../room/keys.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { labelOf, nameOf, otherNames, rankOf, renamed, shareOf } from "./classes.js";
import { matches, meant, namesOf } from "./matching.js";

/** @import { Parts } from "../dom.js" */
/** @import { ClassNames, State } from "../state.js" */
/** @import { Hit, Name } from "./matching.js" */

const MOST = 50;

/** The classes that a typed name may mean, in the order in which they are offered. @param {State} state @param {string} typed */
function found(state, typed) {
  return matches(
    names(state),
    typed,
    (index) => rankOf(state, index),
    (index) => shareOf(state, index),
  );
}

/** @type {{labels?: string[], others: ClassNames | null, language: string, list: Name[][]}} */
let last = { others: null, language: "", list: [] };

/** All names of each class; those of the last state are kept. @param {State} state */
function names(state) {
  const { confirmed, language } = state;
  const labels = confirmed?.findings?.map((found) => found.label) ?? confirmed?.labels;
  const others = confirmed?.findings ? null : otherNames(state, confirmed?.shown.labels);
  if (last.labels !== labels || last.others !== others || last.language !== language) {
    const shown = (labels ?? []).map((_, index) => labelOf(state, index));
    last = { labels, others, language, list: namesOf(shown, labels ?? [], others) };
  }
  return last.list;
}

/** The class that a name means, in either language; -1 for none. @param {string} name */
export const bestNamed = (name) => meant(found(store.state, name));

/** @param {Parts} part */
export function makeSearch(part) {
  /** @type {Hit[]} */
  let hits = [];
  let active = -1;
  const id = `cx${Math.random().toString(36).slice(2, 9)}`;
  part.options.id = `${id}-options`;
  const box = /** @type {HTMLInputElement} */ (part.find);
  part.find.id = `${id}-find`;
  part.findName.setAttribute("for", part.find.id);
  part.find.setAttribute("aria-controls", part.options.id);

  function close() {
    part.options.hidden = true;
    part.found.textContent = "";
    part.find.setAttribute("aria-expanded", "false");
    part.find.removeAttribute("aria-activedescendant");
    active = -1;
  }

  /** @param {number} position */
  function activate(position) {
    const items = /** @type {HTMLCollectionOf<HTMLElement>} */ (part.options.children);
    if (items[active]) items[active].setAttribute("aria-selected", "false");
    active = position;
    const item = items[active];
    if (!item) return part.find.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    part.find.setAttribute("aria-activedescendant", item.id);
    const { offsetTop: top, offsetHeight: height } = item;
    const list = part.options;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
  }

  function open() {
    const all = found(store.state, box.value);
    hits = all.slice(0, MOST);
    part.options.replaceChildren(
      ...hits.map(({ index, via }, position) => {
        const item = document.createElement("li");
        item.id = `${id}-${position}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.position = String(position);
        const [name, share] = [document.createElement("span"), document.createElement("span")];
        name.textContent = via ? TEXT.foundBy(nameOf(store.state, index), via) : nameOf(store.state, index);
        share.textContent = percent(shareOf(store.state, index));
        item.append(name, share);
        return item;
      }),
    );
    part.found.textContent = hits.length ? TEXT.found(all.length, MOST) : TEXT.notFound(box.value.trim());
    part.options.hidden = !hits.length;
    part.find.setAttribute("aria-expanded", String(hits.length > 0));
    part.options.scrollTop = 0;
    const place = part.find.getBoundingClientRect();
    part.options.classList.toggle("cx-above", window.innerHeight - place.bottom < 260 && place.top > 260);
    activate(box.value.trim() && hits.length ? 0 : -1);
  }

  /** @param {number} position */
  function take(position) {
    const hit = hits[position];
    if (!hit) return;
    box.value = nameOf(store.state, hit.index);
    close();
    if (matchMedia("(pointer: coarse)").matches) part.find.blur(); // the screen's keyboard makes room for the picture
    chooseClass(hit.index);
  }

  // While an input method puts characters together, nothing is searched for and its keys are its own.
  part.find.addEventListener("input", (event) => {
    if (!(event instanceof InputEvent && event.isComposing)) open();
  });
  part.find.addEventListener("compositionend", open);
  part.find.addEventListener("focus", () => box.select());
  part.find.addEventListener("click", () => {
    if (part.options.hidden) open();
  });
  part.find.addEventListener("blur", close);
  part.find.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const closed = part.options.hidden;
    const end = hits.length - 1;
    const action = actionOf("search", event);
    const moves = {
      next: active >= end ? 0 : active + 1,
      before: active <= 0 ? end : active - 1,
      farNext: Math.min(end, active + 8),
      farBefore: Math.max(0, active - 8),
    };
    if (!action || (action === "clear" && closed && !box.value)) return;
    event.preventDefault();
    if (action === "choose") {
      if (!closed) take(Math.max(0, active));
    } else if (action === "clear") {
      if (closed) box.value = "";
      close();
    } else if (closed) open();
    else activate(moves[action]);
  });
  part.options.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  part.options.addEventListener("click", (event) => {
    const item = /** @type {HTMLElement} */ (event.target).closest("[data-position]");
    if (item instanceof HTMLElement) take(Number(item.dataset.position));
  });

  store.subscribe((state, before) => {
    if (
      state.confirmed?.labels === before.confirmed?.labels &&
      state.confirmed?.findings === before.confirmed?.findings &&
      !renamed(state, before)
    )
      return;
    if (document.activeElement === box && !part.options.hidden && box.value.trim()) open();
    else close();
  });
}
