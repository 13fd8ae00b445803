// The list of keys: a dialog made of the table that the handlers read. Knows the browser's dialogs; knows no view.

import { store } from "../store.js";
import { TEXT } from "../words.js";
import { KEYS, TABS } from "./keys.js";
import { WORDS } from "./words.js";

/** @import { Place } from "./keys.js" */

/** @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {(Node | string)[]} inside @param {string} [name] */
function make(tag, inside, name = "") {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...inside);
  return node;
}

/** @param {readonly string[]} keys */
const written = (keys) => keys.flatMap((key, i) => [...(i ? [` ${WORDS.or()} `] : []), make("kbd", [WORDS.key(key)])]);

/** @param {Place} place */
function listOf(place) {
  const rows = Object.entries(KEYS[place]).flatMap(([action, keys]) => [
    make("dt", written(keys)),
    make("dd", [WORDS.action(place, action)]),
  ]);
  const list = make("dl", rows);
  list.dataset.place = place;
  return place === "page" ? [list] : [make("h4", [WORDS.place(place)]), list];
}

/** Make the dialog; what is returned opens it, and closes it where it is open. */
export function makeHelp() {
  const dialog = make("dialog", [], "room-keys");
  const title = make("h2", []);
  const body = make("div", [], "room-lists");
  const close = make("button", []);
  title.id = "cam-room-keys";
  close.type = "button";
  close.onclick = () => dialog.close();
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title, close, body);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close()); // beside it
  document.body.append(dialog);
  /** @type {Element | null} */
  let from = null;
  dialog.addEventListener("close", () => from instanceof HTMLElement && from.focus());
  const fill = () => {
    title.textContent = WORDS.keys();
    close.textContent = WORDS.close();
    body.replaceChildren(
      ...Object.entries(TABS).map(([tab, places]) =>
        make("section", [make("h3", [tab ? TEXT.tab(tab) : WORDS.allTabs()]), ...places.flatMap(listOf)]),
      ),
    );
  };
  store.subscribe((state, before) => {
    if (state === before || state.language !== before.language) fill();
  });
  return () => {
    if (dialog.open) return dialog.close();
    from = document.activeElement;
    dialog.showModal();
  };
}
