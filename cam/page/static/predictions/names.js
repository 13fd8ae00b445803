// The other names of the classes, for a model whose classes they are: fetched once, after the first picture is painted, and
// kept by the browser for ever.

import { AFTER_PAINT } from "../connection.js";
import { opening, store } from "../store.js";

/** @import { ClassNames } from "../state.js" */

/** @type {Promise<void> | null} */
let arriving = null;

/** @param {string} address @returns {Promise<void>} */
async function fetched(address) {
  await new Promise((done) => setTimeout(done, AFTER_PAINT));
  const answer = await fetch(new URL(address, document.baseURI));
  if (!answer.ok) throw new Error(`The names of the classes are not at ${address}.`);
  /** @type {ClassNames} */
  const names = await answer.json();
  store.set({ names });
}

/** Have the other names here if they are those of some classes; where that fails, there are none. @param {string | undefined} classes */
export async function learnNames(classes) {
  const { names } = await opening;
  if (classes !== names.id && store.state.language !== "zh") return;
  arriving ??= fetched(names.address).catch(() => {
    arriving = null; // asked for again with the next picture
  });
  await arriving;
}

opening.then(() => {
  store.subscribe(({ confirmed, names }, before) => {
    if (confirmed && !names && (confirmed !== before.confirmed || !arriving)) learnNames(confirmed.shown.labels);
  });
});
