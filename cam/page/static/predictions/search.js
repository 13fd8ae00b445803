// The box that finds a class by its name: a combobox with a list of at most MOST names.
// Draws from the store; chooses classes.

import { chooseClass } from "../connection.js";
import { percent } from "../numbers.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { nameOf, rankOf, shareOf } from "./classes.js";

/** @import { Parts } from "../dom.js" */

const MOST = 50;

/** @param {string} text in lower case without accents */
const simple = (text) =>
  text
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .trim();

/** @param {string | undefined} character */
const letter = (character) => /[\p{L}\p{N}]/u.test(character ?? "");

/**
 * The whole name, then whole words, then beginnings of words, then anywhere; -1 for none.
 * @param {string} name @param {string} query both simple
 */
export function score(name, query) {
  if (name === query) return 0;
  let best = name.includes(query) ? 3 : query.split(/\s+/).every((word) => name.includes(word)) ? 4 : -1;
  for (let at = name.indexOf(query); at >= 0; at = name.indexOf(query, at + 1)) {
    if (letter(name[at - 1])) continue;
    best = Math.min(best, letter(name[at + query.length]) ? 2 : 1);
  }
  return best;
}

/** The class that a name means: its whole name or whole words of it, the most probable of several; -1 for none. @param {string} name */
export function bestNamed(name) {
  const labels = store.state.confirmed?.labels ?? [];
  const query = simple(name);
  const found = labels
    .map((label, index) => ({ index, s: score(simple(label), query), rank: rankOf(store.state, index) }))
    .filter(({ s }) => s === 0 || s === 1);
  return found.sort((a, b) => a.s - b.s || a.rank - b.rank)[0]?.index ?? -1;
}

/** @param {Parts} part */
export function makeSearch(part) {
  /** @type {string[]} */
  let plain = []; // the names in lower case without accents
  /** @type {{index: number}[]} */
  let found = [];
  let active = -1;
  const id = `cx${Math.random().toString(36).slice(2, 9)}`;
  part.options.id = `${id}-options`;
  const box = /** @type {HTMLInputElement} */ (part.find);
  part.find.id = `${id}-find`;
  part.findName.setAttribute("for", part.find.id);
  part.find.setAttribute("aria-controls", part.options.id);

  /** @param {string} query */
  function match(query) {
    /** @type {{index: number, s: number, rank: number}[]} */
    const scored = [];
    plain.forEach((name, index) => {
      const s = query ? score(name, query) : 0;
      if (s >= 0) scored.push({ index, s, rank: rankOf(store.state, index) });
    });
    return scored.sort((a, b) => a.s - b.s || a.rank - b.rank || a.index - b.index);
  }

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
    const query = simple(box.value);
    const all = match(query);
    found = all.slice(0, MOST);
    part.options.replaceChildren(
      ...found.map(({ index }, position) => {
        const item = document.createElement("li");
        item.id = `${id}-${position}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.position = String(position);
        const [name, share] = [document.createElement("span"), document.createElement("span")];
        name.textContent = nameOf(store.state, index);
        share.textContent = percent(shareOf(store.state, index));
        item.append(name, share);
        return item;
      }),
    );
    part.found.textContent = found.length ? TEXT.found(all.length, MOST) : TEXT.notFound(box.value.trim());
    part.options.hidden = !found.length;
    part.find.setAttribute("aria-expanded", String(found.length > 0));
    part.options.scrollTop = 0;
    const place = part.find.getBoundingClientRect();
    part.options.classList.toggle("cx-above", window.innerHeight - place.bottom < 260 && place.top > 260);
    activate(query && found.length ? 0 : -1);
  }

  /** @param {number} position */
  function take(position) {
    const hit = found[position];
    if (!hit) return;
    box.value = nameOf(store.state, hit.index);
    close();
    if (matchMedia("(pointer: coarse)").matches) part.find.blur(); // the screen's keyboard makes room for the picture
    chooseClass(hit.index);
  }

  part.find.addEventListener("input", open);
  part.find.addEventListener("focus", () => box.select());
  part.find.addEventListener("click", () => {
    if (part.options.hidden) open();
  });
  part.find.addEventListener("blur", close);
  part.find.addEventListener("keydown", (event) => {
    const closed = part.options.hidden;
    const last = found.length - 1;
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: active >= last ? 0 : active + 1,
      ArrowUp: active <= 0 ? last : active - 1,
      PageDown: Math.min(last, active + 8),
      PageUp: Math.max(0, active - 8),
    };
    if (event.key in moves) {
      event.preventDefault();
      if (closed) open();
      else activate(moves[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!closed) take(Math.max(0, active));
    } else if (event.key === "Escape" && (box.value || !closed)) {
      event.preventDefault();
      if (closed) box.value = "";
      close();
    }
  });
  part.options.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  part.options.addEventListener("click", (event) => {
    const item = /** @type {HTMLElement} */ (event.target).closest("[data-position]");
    if (item instanceof HTMLElement) take(Number(item.dataset.position));
  });

  store.subscribe(({ confirmed }, before) => {
    if (confirmed?.labels === before.confirmed?.labels && plain.length) return;
    plain = (confirmed?.labels ?? []).map(simple);
    close();
  });
}
