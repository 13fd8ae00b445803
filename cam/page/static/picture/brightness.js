// The switch under the legend: the same brightness for all classes, or each stretched by itself; and what that means for the
// class on show. Draws from the store; what the scale is stands in `scale.js`.

import { write } from "../dom.js";
import { nameOf } from "../predictions/classes.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { maximumOf, strongest, weakness } from "./scale.js";

/** @import { Parts } from "../dom.js" */
/** @import { State } from "../state.js" */
/** @import { Drawn } from "./main.js" */

/** @param {Parts} part */
export function makeScale(part) {
  /** @type {unknown[]} */
  let shown = [];
  part.scale.addEventListener("click", () => {
    if (part.scale.getAttribute("aria-disabled") === "true") return;
    store.set({ scale: store.state.scale === "own" ? "common" : "own" });
  });
  return (/** @type {Drawn} */ drawn, /** @type {State} */ state) => {
    if (drawn.veiled) return;
    const from = [
      drawn,
      state.scale,
      state.language,
      state.names,
      state.confirmed?.classes,
      state.confirmed?.peaks,
      state.pair,
    ];
    if (from.every((one, i) => one === shown[i])) return;
    shown = from;
    const off = Boolean(state.confirmed && state.pair === null && !strongest(state.confirmed, drawn.evidence));
    part.scale.setAttribute("aria-checked", String(state.scale === "common"));
    part.scale.setAttribute("aria-disabled", String(off && state.scale === "own"));
    write(part.scaleNote, note(drawn, state));
    write(part.scaleName, state.confirmed?.findings ? TEXT.scaleNote.findings : TEXT.scaleNote.label);
  };
}

/** What the brightness of the class on show says. @param {Drawn} drawn @param {State} state */
function note({ common, index, confirmed, evidence }, state) {
  const now = state.confirmed ?? confirmed;
  if (confirmed.picture.class_blind) return TEXT.scaleNote.blind;
  const { findings } = now;
  if (common && common.index < 0) return TEXT.scaleNote.pair(common.peak);
  if (!strongest(now, evidence)) return findings ? TEXT.scaleNote.aloneFound : TEXT.scaleNote.alone;
  if (common && findings) return TEXT.scaleNote.commonFound(nameOf(state, common.index));
  if (common?.index === index) return TEXT.scaleNote.strongest(common.count);
  if (common) {
    const share = (maximumOf(now, index, evidence) || 0) / common.peak;
    return TEXT.scaleNote.common(nameOf(state, common.index), share);
  }
  const weak = weakness(now, index, evidence);
  return weak
    ? TEXT.scaleNote.weak(weak.share, nameOf(state, weak.top))
    : findings
      ? TEXT.scaleNote.ownFound
      : TEXT.scaleNote.own;
}
