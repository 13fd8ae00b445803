// The rows of predictions, as every tab shows them: a name, a share and a bar, each a button that chooses its class.
// Knows names and shares; knows nothing about maps.

import { write } from "../dom.js";
import { percent } from "../numbers.js";
import { actionOf } from "../room/keys.js";

/**
 * @typedef {{index: number, name: string, label?: string, share: number, width: number, title?: string}} Entry
 *   `label` in the model's words, `width` of the bar in [0, 1]
 */
/** @typedef {{item: HTMLLIElement, button: HTMLButtonElement, fill: (entry: Entry | null) => void, press: (on: boolean) => void}} Row */

/**
 * Make `count` rows in a list; up and down step through them, as in a list.
 * @param {HTMLElement} list @param {number} count @param {(entry: Entry) => void} choose @returns {Row[]}
 */
export function makeRows(list, count, choose) {
  const rows = Array.from({ length: count }, () => makeRow(choose));
  list.append(...rows.map((row) => row.item));
  list.addEventListener("keydown", (event) => {
    const action = actionOf("classes", event);
    const at = rows.findIndex((row) => row.button === document.activeElement);
    if (!action || at < 0) return;
    event.preventDefault();
    const next = rows[at + { next: 1, before: -1 }[action]];
    if (next && !next.button.hidden) next.button.focus();
  });
  return rows;
}

/** @param {(entry: Entry) => void} choose @returns {Row} */
function makeRow(choose) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const [name, share, bar] = ["span", "span", "i"].map((tag) => document.createElement(tag));
  /** @type {Entry | null} */
  let here = null;
  /** @type {Entry | null} what stood in the row when it was pressed: the next frame may put something else there */
  let aimed = null;
  button.type = "button";
  bar.setAttribute("aria-hidden", "true");
  button.append(name, share, bar);
  button.addEventListener("pointerdown", () => {
    aimed = here;
  });
  button.addEventListener("click", (event) => {
    const entry = (event.detail && aimed) || here;
    aimed = null;
    if (entry) choose(entry);
  });
  item.append(button);
  return {
    item,
    button,
    fill: (entry) => {
      here = entry;
      button.hidden = !entry;
      if (!entry) return;
      button.dataset.index = String(entry.index);
      name.title = entry.title ?? entry.name;
      write(name, name.title);
      write(share, percent(entry.share));
      bar.style.width = `${Math.max(1, 100 * entry.width)}%`;
    },
    press: (on) => {
      if (button.getAttribute("aria-pressed") !== String(on)) button.setAttribute("aria-pressed", String(on));
    },
  };
}
