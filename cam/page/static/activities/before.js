// Before and after on the board: the predictions in rows with bars on one scale, and both pictures small. Draws into parts
// that are given; knows no server.

import { write } from "../dom.js";
import { percent } from "../numbers.js";
import { heatOf, inputPosition, paintHeat, seenArea } from "../picture/heat.js";
import { scaled, strongest } from "../picture/scale.js";
import { rawMap, seenEvidence } from "../state.js";
import { lacks, mapInstead } from "./compare.js";
import { WORDS } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Colours, Heat } from "../picture/heat.js" */
/** @import { Confirmed, Instead, OpenPhoto, State } from "../state.js" */
/** @import { Row } from "./compare.js" */

const LONGEST = 320; // pixels of a small picture's longer side

/** @param {string} tag @param {string} role @param {(Node | string)[]} inner */
function make(tag, role, inner) {
  const node = document.createElement(tag);
  if (role) node.setAttribute("role", role);
  node.append(...inner);
  return node;
}

/** A rank, a probability and its bar. @param {number} rank @param {number} share @param {number} most @param {string} name */
function cell(rank, share, most, name) {
  const bar = make("i", "", []);
  bar.setAttribute("aria-hidden", "true");
  bar.className = name;
  bar.style.width = `${Math.max(1, (100 * share) / (most || 1))}%`;
  return make("span", "cell", [make("small", "", [WORDS.rank(rank)]), " ", percent(share), bar]);
}

/**
 * @param {Parts} own @param {Row[]} rows @param {number} chosen @param {(index: number) => string} nameOf
 * @param {(index: number) => void} choose @param {boolean} covered whether there is an after
 */
export function showRows(own, rows, chosen, nameOf, choose, covered) {
  const most = Math.max(...rows.flatMap(({ before, after }) => [before, after]));
  const focused = own.coverRows.contains(document.activeElement)
    ? Number(/** @type {HTMLElement} */ (document.activeElement).dataset.index)
    : -1;
  const made = rows.map(({ index, before, after, rank, now }) => {
    const button = make("button", "", [nameOf(index)]);
    Object.assign(button, { type: "button", title: nameOf(index), onclick: () => choose(index) });
    button.dataset.index = String(index);
    button.setAttribute("aria-pressed", String(index === chosen));
    const change = make("span", "cell", [covered ? WORDS.points(after - before) : ""]);
    change.className = "change";
    change.dataset.sign = !covered || Math.abs(after - before) < 5e-4 ? "" : after > before ? "up" : "down";
    const cells = [make("span", "rowheader", [button]), change, cell(rank, before, most, "was")];
    return make("div", "row", [...cells, covered ? cell(now, after, most, "is") : make("span", "cell", [])]);
  });
  own.coverRows.replaceChildren(...made);
  if (focused >= 0)
    /** @type {HTMLElement | null} */ (own.coverRows.querySelector(`[data-index="${focused}"]`))?.focus();
  write(own.coverNote, covered ? WORDS.sameScale : WORDS.cover.empty);
}

/**
 * @param {Parts} own @param {Confirmed} confirmed @param {Instead | null} seen @param {number} index @param {State} state
 * @param {Colours} look
 */
export function showPair(own, confirmed, seen, index, state, look) {
  const evidence = seenEvidence(state);
  const { shape } = confirmed.picture;
  const [W, H] = confirmed.photo.view.input;
  const common = state.scale === "common" ? strongest(confirmed, evidence) : null;
  const before = scaled(heatOf(rawMap(confirmed, index), shape[0], shape[1], H, W, evidence), common?.peak ?? null);
  paint(/** @type {HTMLCanvasElement} */ (own.coverBefore), confirmed.photo, before, look);
  const after = seen && !lacks(seen, index) ? mapInstead(seen, index, before, evidence) : null;
  own.coverPair.hidden = !seen;
  if (seen) paint(/** @type {HTMLCanvasElement} */ (own.coverAfter), seen.photo, after, look);
}

/** @param {HTMLCanvasElement} canvas @param {OpenPhoto} photo @param {Heat | null} heat @param {Colours} look */
function paint(canvas, { image, size, view }, heat, look) {
  const scale = LONGEST / Math.max(...size);
  const [width, height] = size.map((side) => Math.max(1, Math.round(side * scale)));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  ctx.drawImage(image, 0, 0, width, height);
  if (!heat || heat.empty || !look.lut || !look.signedLut) return;
  const at = { kx: width / size[0], ky: height / size[1], left: 0, top: 0 };
  const pixels = ctx.getImageData(0, 0, width, height);
  const area = seenArea(view, at, width, height);
  paintHeat(pixels.data, width, heat, view.content, inputPosition(view, at), area, look);
  ctx.putImageData(pixels, 0, 0);
}
