// The arithmetic of the lesson: a story's numbers as they came, one place added up channel by channel, and the map computed
// once more. Pure, so it is tested without a browser. Knows the shape of a story; knows no method by name.

import { bytesOf, floatsOf } from "../protocol.js";

/** @import { Packed, Raising, Story } from "../protocol.js" */

/**
 * @typedef {Packed & {data: Float32Array | null, kept: string, rows: Int32Array | null, places: Map<number, number> | null,
 *   inner: Int32Array | null}} Step
 *   `data`, in the shape of `sent`, null where no numbers came; `rows` of the first axis that were kept, and at which place
 *   each of them is; `inner`: the channels that were kept where they are counted along the second axis
 * @typedef {{step: Step, factors: Step, maps: Step, products: Step | null}} Terms a map that is a sum over channels
 * @typedef {{key: string, steps: Step[], named: Map<string, Step>, channels: number[], raises: Map<number, Raising>,
 *   terms: Terms | null, raw: Step | null, sign: number}} Told
 *   `raw` is the map before its negative values are cut, `sign` -1 where it is turned before it is shown
 * @typedef {{channel: number, weight: number, activation: number, product: number}} Term
 * @typedef {{row: number, column: number, terms: Term[], rest: number, others: number, value: number}} Cell
 */

/** @param {Story} story @returns {Told} */
export function toldOf(story) {
  /** @type {Map<string, Step>} */
  const named = new Map();
  for (const packed of story.steps) {
    const step = stepOf(packed);
    named.set(step.name, step.dtype === "product" ? productOf(step, named) : step);
  }
  const steps = [...named.values()];
  const raw = rawOf(steps, named);
  return {
    key: story.key,
    steps,
    named,
    channels: story.channels,
    raises: new Map(story.raises.map((one) => [one.channel, one])),
    terms: termsOf(steps, named),
    raw,
    sign: named.has("turned") ? -1 : 1,
  };
}

/** @param {Packed} packed @returns {Step} */
function stepOf(packed) {
  const kept = packed.kept ? Int32Array.from(new Uint16Array(bytesOf(packed.kept).buffer)) : null;
  const within = packed.axes.indexOf("channel") > 0;
  const rows = within ? null : kept;
  const places = rows && new Map([...rows].map((row, place) => [row, place]));
  return { ...packed, data: numbersOf(packed), rows, places, inner: within ? kept : null };
}

/** A step that multiplies the two before it, for the channels whose numbers came of both. @param {Step} step @param {Map<string, Step>} named @returns {Step} */
function productOf(step, named) {
  const [one, other] = step.follows.map((name) => /** @type {Step} */ (named.get(name)));
  const [, h, w] = step.shape;
  const rows = one.rows ?? other.rows ?? Int32Array.from({ length: step.shape[0] }, (_, row) => row);
  const both = rows.filter((row) => channelOf(one, row) && channelOf(other, row));
  if (!both.length) return step;
  const data = new Float32Array(both.length * h * w);
  for (const [place, row] of both.entries())
    for (let i = 0; i < h * w; i++) {
      const [r, c] = [Math.floor(i / w), i % w];
      data[place * h * w + i] = at(one, row, r, c) * at(other, row, r, c);
    }
  const some = both.length < step.shape[0] ? both : null;
  const places = some && new Map([...some].map((row, place) => [row, place]));
  return { ...step, data, sent: [both.length, h, w], rows: some, places };
}

/** @param {Packed} packed */
function numbersOf({ values, dtype, scale, sent }) {
  if (!values) return null;
  if (dtype === "float32") return floatsOf(values);
  const whole = new Int16Array(bytesOf(values).buffer);
  const scales = floatsOf(scale);
  const each = whole.length / (sent[0] ?? 1);
  return Float32Array.from(whole, (v, i) => v * scales[Math.floor(i / each)]);
}

/** The last map of the story that has a sign still. @param {Step[]} steps @param {Map<string, Step>} named */
function rawOf(steps, named) {
  const last = steps.find(({ name }) => name === "relu" || name === "enlarge" || name === "scale");
  const before = last && named.get(last.follows[0]);
  return before?.name === "turned" ? (named.get(before.follows[0]) ?? null) : (before ?? null);
}

/** The step that sums over channels, and what it sums; the same rules as in `cam/maps/linked.py`. @param {Step[]} steps @param {Map<string, Step>} named @returns {Terms | null} */
function termsOf(steps, named) {
  for (const step of steps) {
    const parts = step.follows.map((name) => /** @type {Step} */ (named.get(name)));
    if (step.axes.join() !== "row,column" || !parts.every((part) => part?.axes[0] === "channel")) continue;
    if (parts.length === 2) return { step, factors: parts[0], maps: parts[1], products: null };
    if (parts.length !== 1 || parts[0].axes.length !== 3) continue;
    let source = parts[0];
    while (source.follows.length === 1) source = /** @type {Step} */ (named.get(source.follows[0]));
    const [factors, maps] = source.follows.map((name) => /** @type {Step} */ (named.get(name)));
    if (factors && maps) return { step, factors, maps, products: parts[0] };
  }
  return null;
}

/**
 * A number of a step whose first axis counts channels; NaN where it did not come.
 * @param {Step} step @param {number} channel @param {number} row @param {number} column
 */
export function at(step, channel, row = 0, column = 0) {
  const { data, sent, places } = step;
  const place = places ? places.get(channel) : channel;
  if (!data || place === undefined || !(place < sent[0])) return NaN;
  if (sent.length < 3) return data[place];
  const [, h, w] = sent;
  const [r, c] = [Math.min(row, h - 1), Math.min(column, w - 1)]; // one stands for all
  return data[(place * h + r) * w + c];
}

/** The numbers of one channel, (h * w) or one; null where they did not come. @param {Step} step @param {number} channel */
export function channelOf(step, channel) {
  const { data, sent, places } = step;
  const place = places ? places.get(channel) : channel;
  if (!data || place === undefined || !(place < sent[0])) return null;
  const each = data.length / sent[0];
  return data.subarray(place * each, (place + 1) * each);
}

/**
 * Of a stack for each of whose images there are all channels the one that is shown: the most important that came. Null for another.
 * @param {Step} step @param {number[]} channels the most important first
 */
export function innerOf({ axes, inner }, [first = 0]) {
  if (axes[1] !== "channel") return null;
  const place = inner ? Math.max(0, inner.indexOf(first)) : first;
  return { place, channel: inner ? inner[place] : first };
}

/** The channels whose numbers came. @param {Terms} terms */
const channelsOf = ({ factors, maps }) => {
  const rows = factors.rows ?? maps.rows;
  return rows ? [...rows] : Array.from({ length: maps.shape[0] }, (_, channel) => channel);
};

/** What a channel adds at a place. @param {Terms} terms @param {number} channel @param {number} row @param {number} column */
const product = ({ factors, maps, products }, channel, row, column) =>
  products ? at(products, channel, row, column) : at(factors, channel, row, column) * at(maps, channel, row, column);

/**
 * One place of the map added up: the largest products, the first first, and the others in one number.
 * @param {Told} told @param {number} row @param {number} column @param {number} most @returns {Cell | null}
 */
export function cellAt({ terms }, row, column, most) {
  if (!terms) return null;
  const [, w] = terms.step.shape;
  const value = terms.step.data ? terms.step.data[row * w + column] : NaN;
  const all = channelsOf(terms)
    .map((channel) => ({ channel, product: product(terms, channel, row, column) }))
    .filter((one) => !Number.isNaN(one.product))
    .sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const shown = all.slice(0, most).map((one) => ({
    ...one,
    weight: at(terms.factors, one.channel, row, column),
    activation: at(terms.maps, one.channel, row, column),
  }));
  const rest = shown.reduce((left, one) => left - one.product, value);
  return { row, column, terms: shown, rest, others: terms.maps.shape[0] - shown.length, value };
}

/**
 * The map computed once more from the numbers that came, and from how many of the channels; null where it is no sum.
 * @param {Told} told @returns {{map: Float64Array, channels: number, all: number} | null}
 */
export function computedAgain({ terms }) {
  if (!terms?.step.data) return null;
  const [h, w] = terms.step.shape;
  const map = new Float64Array(h * w);
  let channels = 0;
  for (const channel of channelsOf(terms)) {
    if (Number.isNaN(product(terms, channel, 0, 0))) continue;
    channels++;
    for (let i = 0; i < map.length; i++) map[i] += product(terms, channel, Math.floor(i / w), i % w);
  }
  return { map, channels, all: terms.maps.shape[0] };
}

/**
 * The largest difference of a map to the one on show, and the largest value there.
 * @param {ArrayLike<number>} map @param {ArrayLike<number>} shown @param {number} sign
 */
export function difference(map, shown, sign) {
  let most = 0;
  let peak = 0;
  for (let i = 0; i < shown.length; i++) {
    most = Math.max(most, Math.abs(sign * map[i] - shown[i]));
    peak = Math.max(peak, Math.abs(shown[i]));
  }
  return { most, peak };
}

/**
 * A map in fewer cells, each the mean of those that it covers; null where they do not divide.
 * @param {ArrayLike<number>} map @param {number[]} size height and width @param {number[]} grid
 */
export function coarserOf(map, [h, w], [rows, columns]) {
  const [high, wide] = [h / rows, w / columns];
  if (!Number.isInteger(high) || !Number.isInteger(wide)) return null;
  const found = new Float64Array(rows * columns);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      found[Math.floor(y / high) * columns + Math.floor(x / wide)] += map[y * w + x] / (high * wide);
  return found;
}

/** The share of the absolute sum that is negative, and how many places are. @param {ArrayLike<number>} raw */
export function cutOf(raw) {
  let [negative, all, places] = [0, 0, 0];
  for (let i = 0; i < raw.length; i++) {
    all += Math.abs(raw[i]);
    if (raw[i] < 0) {
      negative -= raw[i];
      places++;
    }
  }
  return { share: all > 0 ? negative / all : 0, places };
}

/** @param {ArrayLike<number>} data */
export function rangeOf(data) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low) low = data[i];
    if (data[i] > high) high = data[i];
  }
  return data.length ? { low, high, size: Math.max(Math.abs(low), Math.abs(high)) } : { low: 0, high: 0, size: 0 };
}

/**
 * How a step is shown, by its axes.
 * @param {Step} step
 * @returns {"scores" | "maps" | "bars" | "names" | "grid" | "pixels" | "colours" | "stack" | "number" | "overlay"}
 */
export function kindOf({ name, axes }) {
  if (name === "overlay") return "overlay";
  if (name === "scores") return "scores";
  if (!axes.length) return "number";
  if (axes.join() === "mask") return "names"; // each number says which mask is shown
  if (axes.length === 1 || axes.join() === "channel,repeat") return "bars";
  if (axes.join() === "row,column") return "grid";
  if (axes.length === 2) return "pixels";
  if (axes[0] === "colour") return "colours";
  return axes[0] === "channel" ? "maps" : "stack";
}

/** Whether each image of a stack is the same everywhere: then its colour says how it compares with the others. @param {Step} step */
export const isEven = ({ sent }) => sent.length === 3 && sent[1] * sent[2] === 1;

/** How large the numbers of a sum are: all that is printed of it is in the same units. @param {Told} told */
export function sizeOfTerms({ terms }) {
  const size = (/** @type {Step | undefined} */ step) => (step?.data ? rangeOf(step.data).size : 0);
  return { weight: size(terms?.factors), activation: size(terms?.maps), value: size(terms?.step) };
}
