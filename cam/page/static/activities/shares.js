// How much of a map's evidence lies under a guess: beside a blob in the middle of the same area, and beside chance. Pure: knows
// maps and places; knows no document.

import { heatOf } from "../picture/heat.js";
import { distance } from "./strokes.js";

/** @import { View } from "../protocol.js" */
/** @import { Shape } from "./strokes.js" */

/** @typedef {{share: number, centre: number, chance: number}} Shares of the evidence under a guess and under a blob in the middle;
 *   of the area under the guess, which is the share that evidence without a place would have. NaN without evidence. */

/** The positive evidence at each pixel of the model's input, (H * W). @param {ArrayLike<number>} raw @param {number} h @param {number} w @param {View} view */
export function evidenceOf(raw, h, w, { input: [W, H] }) {
  const heat = heatOf(raw, h, w, H, W);
  if (heat.flat) return heat.values.fill(heat.peak); // the same everywhere
  return heat.values.map((v) => (heat.empty ? 0 : heat.low + v * (heat.high - heat.low)));
}

/** Call `see` with each pixel of the input that shows the photo, and the place of its centre there. @param {View} view @param {(at: number, x: number, y: number) => void} see */
function each({ source: s, content: c, input: [W] }, see) {
  const [sx, sy] = [(s[2] - s[0]) / (c[2] - c[0]), (s[3] - s[1]) / (c[3] - c[1])];
  for (let j = c[1]; j < c[3]; j++)
    for (let i = c[0]; i < c[2]; i++) see(j * W + i, s[0] + (i + 0.5 - c[0]) * sx, s[1] + (j + 0.5 - c[1]) * sy);
}

/** Whether a place of the photo lies under a guess. @param {Shape[]} guess @param {number} x @param {number} y */
export const lies = (guess, x, y) =>
  guess.some(({ size, points }) =>
    points.length === 1
      ? Math.hypot(x - points[0][0], y - points[0][1]) <= size
      : points.slice(1).some((point, i) => distance([x, y], points[i], point) <= size),
  );

/** The pixels of the input whose centres lie under a guess. @param {Shape[]} guess @param {View} view @returns {number[]} */
export function under(guess, view) {
  /** @type {number[]} */
  const found = [];
  each(view, (at, x, y) => lies(guess, x, y) && found.push(at));
  return found;
}

/** @type {WeakMap<View, {places: Int32Array, away: Float64Array, sorted: Float64Array}>} */
const rings = new WeakMap(); // how far each pixel of a view is from its middle

/** @param {View} view */
function ringsOf(view) {
  const kept = rings.get(view);
  if (kept) return kept;
  const [left, top, right, bottom] = view.source;
  const places = /** @type {number[]} */ ([]);
  const away = /** @type {number[]} */ ([]);
  each(view, (at, x, y) => {
    places.push(at);
    away.push(Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2));
  });
  const made = {
    places: Int32Array.from(places),
    away: Float64Array.from(away),
    sorted: Float64Array.from(away).sort(),
  };
  rings.set(view, made);
  return made;
}

/** So many pixels, those nearest to the middle of what the model sees; of equals the first. @param {number} count @param {View} view @returns {number[]} */
export function middle(count, view) {
  const { places, away, sorted } = ringsOf(view);
  if (!count) return [];
  const limit = sorted[count - 1];
  const found = [...places].filter((_, i) => away[i] < limit);
  const ties = [...places].filter((_, i) => away[i] === limit);
  return [...found, ...ties.slice(0, count - found.length)];
}

/** @param {Float32Array} evidence @param {Shape[]} guess @param {View} view @returns {Shares} */
export function sharesOf(evidence, guess, view) {
  let [whole, area] = [0, 0];
  each(view, (at) => {
    whole += evidence[at];
    area++;
  });
  const found = under(guess, view);
  const part = (/** @type {number[]} */ places) =>
    whole > 0 ? places.reduce((sum, at) => sum + evidence[at], 0) / whole : NaN;
  return { share: part(found), centre: part(middle(found.length, view)), chance: found.length / area };
}

/** The middle one of some numbers, and their ends; null of none. @param {number[]} shares */
export function spread(shares) {
  const sorted = shares.filter((share) => share >= 0).sort((one, other) => one - other);
  if (!sorted.length) return null;
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1], count: sorted.length };
}
