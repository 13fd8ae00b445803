// Brightness: on its own scale every map reaches full colour; on the common one all maps are measured by the maximum of the
// strongest class, so that a weak one looks weak. Pure: knows the state's maps; knows no document.

import { decodeClasses, decodeRanking } from "../protocol.js";

/** @import { ClassMaps } from "../protocol.js" */
/** @import { Confirmed, Evidence, Peaks, State } from "../state.js" */
/** @import { Heat } from "./heat.js" */

/** @typedef {{peak: number, index: number, count: number}} Reference the strongest of `count` classes, and its raw maximum */

const WEAK = 0.1; // of the top class's maximum: below that the common scale is offered

/** What the largest and the smallest value of a raw map mean for what is seen of it. @param {Evidence} evidence @param {number} most @param {number} least */
const peakOf = (evidence, most, least) =>
  Math.max(0, evidence === "for" ? most : evidence === "against" ? -least : Math.max(most, -least));

/** @typedef {Record<Evidence, Float32Array>} Table the maxima of many maps, by position */
/** @type {WeakMap<ClassMaps, Table>} */
const tables = new WeakMap(); // of the maps of all classes: made once, so that a class is chosen within a frame

/** @param {ClassMaps} classes @returns {Table} */
function tableOf(classes) {
  const kept = tables.get(classes);
  if (kept) return kept;
  const { maps, steps } = /** @type {NonNullable<ReturnType<typeof decodeClasses>>} */ (decodeClasses(classes));
  const size = maps.length / steps.length;
  const table = Object.fromEntries(["for", "against", "both"].map((one) => [one, new Float32Array(steps.length)]));
  for (let n = 0, at = 0; n < steps.length; n++) {
    let most = -Infinity;
    let least = Infinity;
    for (const end = at + size; at < end; at++) {
      if (maps[at] > most) most = maps[at];
      if (maps[at] < least) least = maps[at];
    }
    for (const [evidence, peaks] of Object.entries(table))
      peaks[n] = steps[n] * peakOf(/** @type {Evidence} */ (evidence), most, least);
  }
  tables.set(classes, /** @type {Table} */ (table));
  return /** @type {Table} */ (table);
}

/** The maps of many classes that belong to the picture. @param {Confirmed} confirmed */
const mapsOf = ({ classes, picture }) => (classes && classes.key === picture.key ? classes : null);

/** The maxima of the maps that were on show by themselves, by class. @param {Confirmed} confirmed @returns {[number, [number, number]][]} */
const seenOf = ({ peaks, picture }) =>
  peaks && peaks.key === picture.key ? Object.entries(peaks.of).map(([index, ends]) => [Number(index), ends]) : [];

/** Note the ends of a finished map: those of maps made in the same way are kept. @param {Peaks | null | undefined} before @param {string} key @param {number} index @param {Float32Array} raw @returns {Peaks} */
export function noted(before, key, index, raw) {
  let most = -Infinity;
  let least = Infinity;
  for (const v of raw) {
    if (v > most) most = v;
    if (v < least) least = v;
  }
  return { key, of: { ...(before?.key === key ? before.of : {}), [index]: [most, least] } };
}

/**
 * The raw maximum of a class; NaN where its map is not here.
 * @param {Confirmed} confirmed @param {number} index @param {Evidence} evidence
 */
export function maximumOf(confirmed, index, evidence) {
  const seen = seenOf(confirmed).find(([one]) => one === index);
  if (seen) return peakOf(evidence, ...seen[1]);
  const classes = mapsOf(confirmed);
  const position = decodeClasses(classes)?.positionOf.get(index);
  return classes && position !== undefined ? tableOf(classes)[evidence][position] : NaN;
}

/**
 * The strongest of the classes whose maps are here: what the common scale ends at. Null where there is one map only, or
 * nothing to measure by.
 * @param {Confirmed} confirmed @param {Evidence} evidence @returns {Reference | null}
 */
export function strongest(confirmed, evidence) {
  if (confirmed.picture.class_blind) return null;
  const classes = mapsOf(confirmed);
  const seen = new Map(seenOf(confirmed).map(([index, ends]) => [index, peakOf(evidence, ...ends)]));
  let best = { peak: 0, index: -1 };
  let count = seen.size;
  for (const [index, peak] of seen) if (peak > best.peak) best = { peak, index };
  if (classes) {
    const table = tableOf(classes)[evidence];
    for (const [index, position] of decodeClasses(classes)?.positionOf ?? []) {
      if (seen.has(index)) continue; // its own map is exact
      count++;
      if (table[position] > best.peak) best = { peak: table[position], index };
    }
  }
  return count > 1 && best.peak > 0 ? { ...best, count } : null;
}

/** The largest value that is seen of a raw map. @param {Float32Array} raw @param {Evidence} evidence */
export const reachOf = (raw, evidence) => peakOf(evidence, ...noted(null, "", 0, raw).of[0]);

/**
 * What the common scale ends at: with a second picture that is of another method, layer or photo, the larger of both maxima,
 * and `index` is -1; else the strongest class.
 * @param {Pick<State, "confirmed" | "pair">} state @param {Evidence} evidence @param {Float32Array} raw the first picture's map
 * @returns {Reference | null}
 */
export function reference({ confirmed, pair }, evidence, raw) {
  if (pair === null) return confirmed && strongest(confirmed, evidence);
  const peak = Math.max(pair, reachOf(raw, evidence));
  return peak > 0 ? { peak, index: -1, count: 2 } : null;
}

/**
 * How weak a class is beside the most likely one: the share of its maximum, where that is below a tenth; else null.
 * @param {Confirmed} confirmed @param {number} index @param {Evidence} evidence @returns {{share: number, top: number} | null}
 */
export function weakness(confirmed, index, evidence) {
  const top = decodeRanking(confirmed.ranking)?.order[0];
  if (top === undefined || top === index || evidence === "against" || confirmed.picture.class_blind) return null;
  const [own, most] = [index, top].map((one) => maximumOf(confirmed, one, evidence));
  return own > 0 && own < WEAK * most ? { share: own / most, top } : null;
}

/**
 * A heat as it is painted: `gain` and `offset` take its values to colours. Without a reference it reaches full colour by
 * itself; with one, 0 is no colour and the reference's maximum is the last.
 * @param {Heat} heat @param {number | null} peak of the reference @returns {Heat}
 */
export function scaled(heat, peak) {
  if (!peak || heat.empty) return heat;
  return { ...heat, gain: (heat.high - heat.low) / peak, offset: heat.low / peak };
}
