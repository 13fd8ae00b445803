// What becomes of photos, where they are sent: in the host's words, or how long they are kept.

import { write } from "./dom.js";
import { language } from "./language.js";
import { opening, store } from "./store.js";
import { TEXT } from "./words.js";

/** @param {HTMLElement} line @param {boolean} always also where the host says nothing */
export async function sayPrivacy(line, always) {
  const { privacy, minutes } = await opening;
  store.subscribe((state, before) => {
    if (state !== before && state.language === before.language) return;
    const words = privacy[language()] ?? (always ? TEXT.kept(minutes) : "");
    write(line, words);
    line.hidden = !words;
  });
}
