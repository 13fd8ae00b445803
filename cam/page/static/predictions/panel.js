// The card beside the picture: the most probable classes and the slider over all of them. Draws from the store; chooses classes.

import { chooseClass } from "../connection.js";
import { write } from "../dom.js";
import { whole } from "../numbers.js";
import { wantedClass } from "../state.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { nameOf, ranked, rankOf, renamed, shareOf } from "./classes.js";
import { makeRows } from "./rows.js";

/** @import { Parts } from "../dom.js" */
/** @import { State } from "../state.js" */

const TOP = 8;

/** @param {Parts} part */
export function makePanel(part) {
  const rows = makeRows(part.list, TOP + 1, ({ index }) => chooseClass(index));
  const extra = rows[TOP];
  extra.item.className = "cx-extra";
  const rest = document.createElement("p");
  rest.className = "cx-rest";
  extra.item.append(rest);
  const slider = /** @type {HTMLInputElement} */ (part.rank);

  /** @param {State} state @param {number} index @param {string} [title] */
  const entryOf = (state, index, title) => {
    const share = shareOf(state, index);
    return { index, name: nameOf(state, index), title, share, width: share };
  };

  /** @param {State} state */
  function showAll(state) {
    const order = ranked(state)?.order;
    for (let i = 0; i < TOP; i++) rows[i].fill(order && i < order.length ? entryOf(state, order[i]) : null);
  }

  /** @param {State} state */
  function showChosen(state) {
    const chosen = wantedClass(state);
    const count = ranked(state)?.order.length ?? 0;
    const rank = rankOf(state, chosen);
    const beyond = rank > TOP;
    extra.fill(beyond ? entryOf(state, chosen, TEXT.slide(rank, nameOf(state, chosen))) : null);
    for (const row of rows) row.press(Number(row.button.dataset.index) === chosen);
    extra.item.classList.toggle("cx-shown", beyond);
    rest.hidden = beyond || count <= TOP;
    write(rest, rest.hidden ? "" : TEXT.more(count - TOP));
    slider.disabled = !count;
    write(part.last, whole(count || 1000));
    if (!count) return;
    slider.max = String(count);
    if (rank && Number(slider.value) !== rank) slider.value = String(rank);
    slider.style.setProperty("--cx-fill", `${(100 * (rank - 1)) / Math.max(1, count - 1)}%`);
    slider.setAttribute("aria-valuetext", TEXT.slideValue(nameOf(state, chosen), shareOf(state, chosen), rank, count));
    part.chosen.title = TEXT.slide(rank, nameOf(state, chosen));
    write(part.chosen, part.chosen.title);
  }

  slider.addEventListener("input", () => {
    const order = ranked(store.state)?.order;
    if (order) chooseClass(order[Number(slider.value) - 1]);
  });

  store.subscribe((state, before) => {
    const [now, then] = [state.confirmed, before.confirmed];
    const first = state === before;
    const other = now?.ranking !== then?.ranking || now?.labels !== then?.labels || renamed(state, before) || first;
    if (other) showAll(state);
    if (other || wantedClass(state) !== wantedClass(before)) showChosen(state);
  });
}
