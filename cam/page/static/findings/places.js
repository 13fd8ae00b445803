// Where findings lie on the photo: which are on show, which one a place belongs to, and the outline of a region. Pure.

import { bytesOf } from "../protocol.js";

/** @import { Area, Box, Finding, Mask, View } from "../protocol.js" */
/** @import { State } from "../state.js" */

/** @typedef {{number: number, found: Finding}} Shown a finding with its number in the list */
/** @typedef {{w: number, h: number, bits: Uint8Array}} Places */

/** Colours that people who see colours differently can tell apart (Okabe and Ito, 2008). */
export const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

/** The colour of a class. @param {Finding} found */
export const colourOf = ({ index }) => COLOURS[index % COLOURS.length];

/** The findings on show: those above the threshold, and an area of one's own; null where classes are chosen. @param {State} state @returns {Shown[] | null} */
export function shownOf({ confirmed, threshold }) {
  if (!confirmed?.findings) return null;
  const { area } = confirmed.choice;
  const own = area ? { box: boxOfArea(area, confirmed.photo.size) } : {};
  const all = confirmed.findings.map((found, number) => ({ number, found: found.own ? { ...found, ...own } : found }));
  return all.filter(({ found }) => found.own || found.probability >= threshold);
}

/** How many things the network found: the number that an area of one's own gets. @param {Finding[]} findings */
export const countOf = (findings) => findings.filter(({ own }) => !own).length;

/** @type {WeakMap<Mask, Places>} */
const unpacked = new WeakMap();

/** The places of a mask, row by row. @param {Mask} mask @returns {Places} */
export function placesOf(mask) {
  const kept = unpacked.get(mask);
  if (kept) return kept;
  const [w, h] = mask.grid;
  const bits = new Uint8Array(w * h);
  let at = 0;
  new Uint16Array(bytesOf(mask.runs).buffer).forEach((run, i) => {
    bits.fill(i % 2, at, at + run);
    at += run;
  });
  const places = { w, h, bits };
  unpacked.set(mask, places);
  return places;
}

/** Places as they travel. @param {Places} places @returns {Mask} */
export function packed({ w, h, bits }) {
  const runs = [0];
  for (let i = 0; i < bits.length; i++) {
    if ((runs.length - 1) % 2 !== bits[i]) runs.push(0);
    runs[runs.length - 1]++;
  }
  const bytes = new Uint8Array(Uint16Array.from(runs).buffer);
  return { grid: [w, h], runs: btoa(String.fromCharCode(...bytes)) };
}

/** Whether a place of the photo belongs to a mask over the input. @param {Mask} mask @param {View} view @param {number} x @param {number} y */
export function holds(mask, { source: s, content: c, input }, x, y) {
  if (x < s[0] || x >= s[2] || y < s[1] || y >= s[3]) return false;
  const { w, h, bits } = placesOf(mask);
  const u = c[0] + ((x - s[0]) * (c[2] - c[0])) / (s[2] - s[0]);
  const v = c[1] + ((y - s[1]) * (c[3] - c[1])) / (s[3] - s[1]);
  const [column, row] = [Math.floor((u * w) / input[0]), Math.floor((v * h) / input[1])];
  return Boolean(bits[Math.min(h - 1, row) * w + Math.min(w - 1, column)]);
}

/** The finding that a place of the photo belongs to: the smallest box around it; null for none. @param {Shown[]} shown @param {number} x @param {number} y */
export function boxAt(shown, x, y) {
  const size = (/** @type {Shown} */ { found: { box: [l, t, r, b] = [0, 0, 0, 0] } }) => (r - l) * (b - t);
  const about = shown.filter(
    ({ found: { box, own } }) => box && !own && x >= box[0] && x < box[2] && y >= box[1] && y < box[3],
  );
  return about.sort((one, other) => size(one) - size(other))[0] ?? null;
}

/** @type {WeakMap<Mask, Map<View, number[][]>>} */
const outlines = new WeakMap();

/**
 * The outline of a mask over the input, as lines [x0, y0, x1, y1] in the photo's pixels; made once.
 * @param {Mask} mask @param {View} view @returns {number[][]}
 */
export function outlineOf(mask, view) {
  const made = outlines.get(mask) ?? new Map();
  outlines.set(mask, made);
  const kept = made.get(view);
  if (kept) return kept;
  const lines = linesOf(placesOf(mask)).map((line) => onPhoto(line, placesOf(mask), view));
  made.set(view, lines);
  return lines;
}

/** The edges between places that belong to it and those that do not, as long as they go, in places. @param {Places} places */
function linesOf({ w, h, bits }) {
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    x >= 0 && y >= 0 && x < w && y < h ? bits[y * w + x] : 0;
  /** @type {number[][]} */
  const lines = [];
  for (let y = 0; y <= h; y++)
    for (let x = 0; x < w; x++) {
      const start = x;
      while (x < w && at(x, y - 1) !== at(x, y)) x++;
      if (x > start) lines.push([start, y, x, y]);
    }
  for (let x = 0; x <= w; x++)
    for (let y = 0; y < h; y++) {
      const start = y;
      while (y < h && at(x - 1, y) !== at(x, y)) y++;
      if (y > start) lines.push([x, start, x, y]);
    }
  return lines;
}

/** @param {number[]} line @param {Places} places @param {View} view */
function onPhoto(line, { w, h }, { source: s, content: c, input }) {
  return line.map((value, i) => {
    const axis = i % 2;
    const place = (value * input[axis]) / (axis ? h : w);
    const size = (s[axis + 2] - s[axis]) / (c[axis + 2] - c[axis]);
    return Math.min(s[axis + 2], Math.max(s[axis], s[axis] + (place - c[axis]) * size));
  });
}

/** The part of the photo that a finding lies in; null for a finding without a place. @param {Finding} found @param {View} view @returns {Box | null} */
export function aroundOf({ box, mask }, view) {
  if (box) return box;
  const lines = mask ? outlineOf(mask, view) : [];
  if (!lines.length) return null;
  const [xs, ys] = [0, 1].map((axis) => lines.flatMap((line) => [line[axis], line[axis + 2]]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

const SIDE = 64; // places of a side of a rectangle that is drawn

/** A rectangle of whole places [left, top, right, bottom] of a grid over the photo. @param {number[]} cells @returns {Places} */
export function rectangle([l, t, r, b]) {
  const bits = new Uint8Array(SIDE * SIDE);
  for (let y = t; y < b; y++) bits.fill(1, y * SIDE + l, y * SIDE + r);
  return { w: SIDE, h: SIDE, bits };
}

/** The places that a rectangle of the photo touches. @param {Box} box in the photo's pixels @param {[number, number]} size */
export const cellsOf = ([l, t, r, b], [width, height]) => [
  Math.floor((l * SIDE) / width),
  Math.floor((t * SIDE) / height),
  Math.min(SIDE, Math.ceil((r * SIDE) / width)),
  Math.min(SIDE, Math.ceil((b * SIDE) / height)),
];

/** The rectangle around places, in places. @param {Places} places */
function around({ w, bits }) {
  const found = [Infinity, Infinity, 0, 0];
  bits.forEach((bit, i) => {
    if (!bit) return;
    const [x, y] = [i % w, Math.floor(i / w)];
    found[0] = Math.min(found[0], x);
    found[1] = Math.min(found[1], y);
    found[2] = Math.max(found[2], x + 1);
    found[3] = Math.max(found[3], y + 1);
  });
  return found;
}

/** Whether an area is of the shape that `areaOf` makes. @param {Area} area @returns {area is Area & Mask} */
const isDrawn = (area) => Boolean(area.grid && area.runs);

/** An area as an address has it: the class, then a point or a rectangle in places. @param {Area | undefined} area */
export function areaLink(area) {
  if (!area) return "";
  return [area.of, ...(isDrawn(area) ? around(placesOf(area)) : (area.point ?? []))].join();
}

/** The area that an address names; null for none. @param {string} text @returns {Area | null} */
export function areaOf(text) {
  if (!/^\d{1,5}(,\d{1,5}){2}((,\d{1,2}){2})?$/.test(text)) return null;
  const [of, ...numbers] = text.split(",").map(Number);
  if (numbers.length === 2) return { of, point: /** @type {[number, number]} */ (numbers) };
  const [l, t, r, b] = numbers;
  return l < r && t < b && r <= SIDE && b <= SIDE ? { of, ...packed(rectangle(numbers)) } : null;
}

const DOT = 0.012; // of the photo's longer side: the mark of a point

/** Where an area of one's own lies on the photo. @param {Area} area @param {[number, number]} size @returns {Box} */
export function boxOfArea(area, [width, height]) {
  const [x, y] = area.point ?? [0, 0];
  const dot = DOT * Math.max(width, height);
  if (!isDrawn(area)) return [x - dot, y - dot, x + dot, y + dot];
  const { w, h } = placesOf(area);
  const [l, t, r, b] = around(placesOf(area));
  return [(l * width) / w, (t * height) / h, (r * width) / w, (b * height) / h];
}
