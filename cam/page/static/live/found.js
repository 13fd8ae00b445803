// What a network finds in a frame: drawn over it, its rows, and which of it is followed from frame to frame.
// Knows answers and a canvas; the marks themselves are those of `findings/draw.js`.

import { drawFindings } from "../findings/draw.js";
import { boxAt } from "../findings/places.js";
import { FOUND } from "../findings/words.js";
import { store } from "../store.js";

/** @import { FrameAnswer, Finding, View } from "../protocol.js" */
/** @import { Entry } from "../predictions/rows.js" */
/** @import { Shown } from "../findings/places.js" */

const THIN = 640; // pixels of a canvas's longer side that a line of one pixel stands for

/** The findings of a frame, as Explore shows them; null where classes are looked at. @param {FrameAnswer} answer @returns {Shown[] | null} */
export const foundIn = ({ findings }) => findings?.map((found, number) => ({ number, found })) ?? null;

/** Where a network saw a frame. @param {FrameAnswer} answer @returns {View} */
export function viewOf({ size = [1, 1], input }) {
  return { source: [0, 0, ...size], content: [0, 0, ...input], input };
}

/** A finding's box in parts of the frame, as the next frame is asked for it; null for a region. @param {FrameAnswer} answer @param {number} number */
export function partsOf({ findings, size = [1, 1] }, number) {
  const box = findings?.[number]?.box;
  return box ? box.map((side, i) => Math.min(1, Math.max(0, side / size[i % 2]))) : null;
}

/** The rows beside the picture. @param {FrameAnswer} answer @param {(found: Finding) => string} nameOf @returns {Entry[]} */
export const rowsOf = ({ findings }, nameOf) =>
  (findings ?? []).map((found, number) => ({
    index: number,
    label: found.label,
    name: found.share === undefined ? FOUND.row(number + 1, nameOf(found)) : FOUND.region(nameOf(found), found.share),
    share: found.probability,
    width: found.probability,
  }));

/**
 * Draw the findings of a frame; on a mirrored picture they lie where what they mark is seen, and their names can be read.
 * @param {CanvasRenderingContext2D} ctx @param {FrameAnswer} answer @param {boolean} mirrored @param {(found: Finding) => string} nameOf
 */
export function drawFound(ctx, answer, mirrored, nameOf) {
  const { width, height } = ctx.canvas;
  const [w, h] = answer.size ?? [1, 1];
  const at = { kx: (mirrored ? -width : width) / w, ky: height / h, left: mirrored ? width : 0, top: 0 };
  const unit = Math.max(1, Math.max(width, height) / THIN);
  const name = (/** @type {Shown} */ { found }) => FOUND.mark(nameOf(found), found.probability);
  drawFindings(ctx, at, unit, foundIn(answer) ?? [], viewOf(answer), answer.number ?? -1, name);
}

/**
 * The finding under a place of the picture, in parts of it; null for none.
 * @param {FrameAnswer} answer @param {boolean} mirrored @param {number} x @param {number} y
 */
export function findingAt(answer, mirrored, x, y) {
  const [w, h] = answer.size ?? [1, 1];
  return boxAt(foundIn(answer) ?? [], (mirrored ? 1 - x : x) * w, y * h)?.number ?? null;
}

/**
 * The switch and the key b show and hide what was found, here as in Explore.
 * @param {HTMLInputElement} marks @param {() => unknown} here whether the key is meant for this tab @param {() => void} draw
 */
export function listenForSwitch(marks, here, draw) {
  marks.onchange = () => store.set({ marks: marks.checked });
  document.addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey, target }) => {
    const typing =
      target instanceof Element && target.closest("input:not([type=range], [type=checkbox]), select, textarea");
    if (key === "b" && !ctrlKey && !metaKey && !altKey && !typing && here()) store.set({ marks: !store.state.marks });
  });
  store.subscribe((state, before) => {
    marks.checked = state.marks;
    if (state.marks !== before.marks) draw();
  });
}
