// The menu "Take home": the hand-out, the map's numbers and slides, as the server makes them. Knows files and the store.

import { fileOf } from "../connection.js";
import { say } from "../language.js";
import { own, said } from "../said.js";
import { drawnClass, seenEvidence } from "../state.js";
import { store } from "../store.js";

/** @import { Parts } from "../dom.js" */
/** @import { Said } from "../protocol.js" */
/** @import { Stage } from "../picture/stage.js" */

/** What is offered: `what` and `ending` as the server takes them, and the words. @type {{what: string, ending?: string, words: () => string}[]} */
const OFFERS = [
  { what: "handout", words: () => say("page-home-handout") },
  { what: "map", words: () => say("page-home-map") },
  { what: "classes", ending: ".webp", words: () => say("page-home-classes", { kind: "WebP" }) },
  { what: "classes", ending: ".gif", words: () => say("page-home-classes", { kind: "GIF" }) },
  { what: "methods", ending: ".webp", words: () => say("page-home-methods", { kind: "WebP" }) },
  { what: "methods", ending: ".gif", words: () => say("page-home-methods", { kind: "GIF" }) },
];
const KEPT = 60000; // ms for which the browser may still read a file

/** @param {Parts} part @param {Stage} stage */
export function makeTakeHome(part, stage) {
  const button = part.takeHome;
  const label = /** @type {HTMLElement} */ (button.lastElementChild);
  const list = Object.assign(document.createElement("ul"), { className: "home-list", hidden: true, id: "cam-home" });
  const rows = OFFERS.map((offer) => {
    const row = Object.assign(document.createElement("button"), { type: "button" });
    row.dataset.what = [offer.what, offer.ending?.slice(1)].filter(Boolean).join("-");
    row.onclick = () => take(offer);
    list.appendChild(document.createElement("li")).append(row);
    return { row, offer };
  });
  const note = list.appendChild(Object.assign(document.createElement("li"), { className: "home-note" }));
  button.setAttribute("aria-controls", list.id);
  button.after(list);
  let busy = false;

  /** @param {boolean} on */
  function open(on) {
    if (on) name();
    list.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    if (on) rows[0].row.focus();
  }
  function name() {
    label.textContent = busy ? say("page-home-making") : say("page-home");
    note.textContent = say("page-home-note");
    for (const { row, offer } of rows) row.textContent = offer.words();
  }

  /** @param {{what: string, ending?: string}} offer */
  async function take({ what, ending = "" }) {
    const { confirmed, language } = store.state;
    open(false);
    button.focus({ preventScroll: true });
    if (!confirmed || busy) return;
    busy = true;
    name();
    const colours = /** @type {HTMLSelectElement} */ (part.colours).value;
    const look = { colours, opacity: stage.look.opacity, evidence: seenEvidence(store.state) };
    const wish = { ...confirmed.choice, class: drawnClass(store.state), what, ending, language, ...look };
    /** @type {{error?: Said, busy?: boolean, file?: Blob, name?: string}} */
    const found = await fileOf("take_home", wish).catch((error) => ({ error: error?.said ?? own("unreachable") }));
    busy = false;
    name();
    if (!found.file) return store.set({ message: found.error ?? own("othersFirst") });
    const link = Object.assign(document.createElement("a"), { download: found.name ?? "" });
    link.href = URL.createObjectURL(found.file);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
    part.spoken.textContent = said(own("saved", found.name ?? "", [1], [1]));
  }

  button.onclick = () => open(list.hidden);
  list.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    open(false);
    button.focus();
  };
  document.addEventListener("click", ({ target }) => {
    if (!list.hidden && target instanceof Node && !list.contains(target) && !button.contains(target)) open(false);
  });
  store.subscribe((state, before) => {
    if (state === before || state.language !== before.language) name();
  });
}
