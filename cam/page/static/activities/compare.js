// Before and after a photo was covered: the predictions in rows, and a map on the scale of the one before. Pure.

import { heatOf } from "../picture/heat.js";
import { decodeRanking, floatsOf } from "../protocol.js";

/** @import { Heat } from "../picture/heat.js" */
/** @import { Ranking } from "../protocol.js" */
/** @import { Evidence, Instead } from "../state.js" */

/** @typedef {{index: number, before: number, after: number, rank: number, now: number}} Row probabilities, and the ranks from 1 */

const TOP = 5;

/**
 * The most likely classes before, then those that have come into the first five.
 * @param {Ranking} first @param {Ranking} last @returns {Row[]}
 */
export function rowsOf(first, last) {
  const [before, after] = [first, last].map(decodeRanking);
  if (!before || !after) return [];
  const top = [...before.order.subarray(0, TOP)];
  const come = [...after.order.subarray(0, TOP)].filter((index) => !top.includes(index));
  return [...top, ...come].map((index) => ({
    index,
    before: before.probabilities[index],
    after: after.probabilities[index],
    rank: before.rankOf[index],
    now: after.rankOf[index],
  }));
}

/**
 * A heat as it is painted on the scale of another: the same evidence has the same colour in both.
 * @param {Heat} heat @param {Heat} before @returns {Heat}
 */
export function alike(heat, before) {
  const range = before.high - before.low;
  if (before.empty || heat.empty || !(range > 0)) return heat;
  return {
    ...heat,
    full: before.full,
    gain: (before.gain * (heat.high - heat.low)) / range,
    offset: before.offset + (before.gain * (heat.low - before.low)) / range,
  };
}

/**
 * The heat of a covered photo, on the scale of the one before; nothing where its map is not here.
 * @param {Instead} instead @param {number} index of the class on show @param {Heat} before @param {Evidence} evidence
 */
export function mapInstead({ raw, index: of, picture, photo }, index, before, evidence) {
  const [h, w] = picture.shape;
  const [W, H] = photo.view.input;
  const here = raw && !lacks({ raw, index: of, picture }, index) ? raw : new Float32Array(h * w);
  return alike(heatOf(here, h, w, H, W, evidence), before);
}

/** Whether the map of a class is not here. @param {Pick<Instead, "raw" | "index" | "picture">} instead @param {number} index */
export const lacks = ({ raw, index: of, picture }, index) => !raw || (of !== index && !picture.class_blind);

/** The probability of a class of a covered photo. @param {Instead} instead @param {number} index */
export const shareAfter = ({ ranking }, index) => probabilitiesOf(ranking)[index] ?? NaN;

/** @type {WeakMap<Ranking, Float32Array>} */
const probabilities = new WeakMap();

/** @param {Ranking} ranking */
function probabilitiesOf(ranking) {
  const kept = probabilities.get(ranking) ?? floatsOf(ranking.probabilities);
  probabilities.set(ranking, kept);
  return kept;
}
