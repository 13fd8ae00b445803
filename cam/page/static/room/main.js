// What the page has for a room: the mode for a projector, the list of keys, the page in a frame. Mounted by the header.

import { store } from "../store.js";
import { makeEmbed } from "./embed.js";
import { makeHelp } from "./help.js";
import { actionOf } from "./keys.js";
import { makePresenter } from "./presenter.js";
import { WORDS } from "./words.js";

/** @import { ActionAt } from "./keys.js" */

/** Where letters are text. */
const TYPED = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** @param {HTMLElement} present @param {HTMLElement} keys the header's buttons */
export function mountRoom(present, keys) {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet" });
  sheet.href = new URL("room.css", import.meta.url).href;
  document.head.append(sheet);
  sheet.onload = () => window.dispatchEvent(new Event("resize")); // pictures are measured anew
  makeEmbed();
  const help = makeHelp();
  const { toggle, leave } = makePresenter(present, help);
  keys.onclick = help;
  /** @type {Record<ActionAt<"page">, () => void>} */
  const actions = {
    present: toggle,
    keys: help,
    leave,
    beside: () => document.dispatchEvent(new Event("cam-beside")), // for the picture
  };
  document.addEventListener("keydown", (event) => {
    const action = actionOf("page", event);
    if (!action || event.defaultPrevented || event.isComposing) return;
    const open = document.querySelector("dialog[open]");
    if (open && !(action === "keys" && open.classList.contains("room-keys"))) return;
    if (action !== "leave" && event.target instanceof Element && event.target.closest(TYPED)) return;
    if (action !== "leave") event.preventDefault(); // what gets the focus now gets no letter
    actions[action]();
  });
  store.subscribe((state, before) => {
    if (state !== before && state.language === before.language) return;
    present.textContent = WORDS.present();
    keys.title = WORDS.keys();
    keys.setAttribute("aria-label", WORDS.keys());
  });
}
