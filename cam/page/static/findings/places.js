// Where findings lie on the photo: which are on show, which one a place belongs to, and the outline of a region. Pure.

import { bytesOf } from "../protocol.js";

/** @import { Area, Box, Finding, Mask, View } from "../protocol.js" */
/** @import { State } from "../state.js" */

/** @typedef {Finding & {lines?: number[][]}} Marked `lines` [x0, y0, x1, y1] around an area that was painted, in the photo's pixels */
/** @typedef {{number: number, found: Marked}} Shown a finding with its number in the list */
/** @typedef {{w: number, h: number, bits: Uint8Array}} Places */

/** Colours that people who see colours differently can tell apart (Okabe and Ito, 2008). */
export const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

/** The colour of a class. @param {Finding} found */
export const colourOf = ({ index }) => COLOURS[index % COLOURS.length];

/** The findings on show: those above the threshold, and an area of one's own; null where classes are chosen. @param {State} state @returns {Shown[] | null} */
export function shownOf({ confirmed, threshold }) {
  if (!confirmed?.findings) return null;
  const { area } = confirmed.choice;
  const own = area
    ? { box: boxOfArea(area, confirmed.photo.size), lines: linesOfArea(area, confirmed.photo.size) }
    : {};
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
export function packed(places) {
  const bytes = new Uint8Array(Uint16Array.from(runsOf(places)).buffer);
  return { grid: [places.w, places.h], runs: btoa(String.fromCharCode(...bytes)) };
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

/** The edges of a finding, as lines [x0, y0, x1, y1] in the photo's pixels. @param {Marked} found @param {View} view @returns {number[][]} */
export function edgesOf({ box, mask, lines }, view) {
  if (lines) return lines;
  if (!box) return mask ? outlineOf(mask, view) : [];
  const [l, t, r, b] = box;
  return [
    [l, t, r, t],
    [r, t, r, b],
    [r, b, l, b],
    [l, b, l, t],
  ];
}

export const SIDE = 64; // places of a side of an area that is drawn
const BRUSH = 1 / 24; // of the photo's longer side: half the width of a brush
const RUNS = 600; // of an area that is drawn, at most: an address has room for them

/** Half the width of the brush, in the photo's pixels. @param {[number, number]} size */
export const brushOf = ([width, height]) => BRUSH * Math.max(width, height);

/** The places whose centres a brush touches along a path. @param {[number, number][]} path in the photo's pixels @param {[number, number]} size @returns {Places} */
export function brushed(path, size) {
  const bits = new Uint8Array(SIDE * SIDE);
  const radius = brushOf(size);
  for (let place = 0; place < bits.length; place++) {
    const x = ((place % SIDE) + 0.5) * (size[0] / SIDE);
    const y = (Math.floor(place / SIDE) + 0.5) * (size[1] / SIDE);
    if (path.some((end, i) => distance([x, y], path[Math.max(0, i - 1)], end) <= radius)) bits[place] = 1;
  }
  return { w: SIDE, h: SIDE, bits };
}

/** How far a point lies from a line between two ends. @param {number[]} point @param {number[]} from @param {number[]} to */
function distance([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const part = length ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
  return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
}

/** How many places of an area follow each other that do not belong to it, that do, and so on. @param {Places} places */
function runsOf({ bits }) {
  const runs = [0];
  for (const bit of bits) {
    if ((runs.length - 1) % 2 !== bit) runs.push(0);
    runs[runs.length - 1]++;
  }
  return runs;
}

/** Whether an area has room in an address. @param {Places} places */
export const fitsLink = (places) => runsOf(places).length <= RUNS;

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

/** Whether places are all of the rectangle around them. @param {Places} places */
function isRectangle(places) {
  const [l, t, r, b] = around(places);
  return places.bits.reduce((sum, bit) => sum + bit, 0) === (r - l) * (b - t);
}

/**
 * An area as an address has it: the class, then a point or a rectangle in places; of another shape, behind "~", the runs of
 * the 64 x 64 places in base 36, at most 600.
 * @param {Area | undefined} area
 */
export function areaLink(area) {
  if (!area) return "";
  if (!isDrawn(area)) return [area.of, ...(area.point ?? [])].join();
  const places = placesOf(area);
  if (isRectangle(places)) return [area.of, ...around(places)].join();
  return `${area.of}~${runsOf(places)
    .map((run) => run.toString(36))
    .join(".")}`;
}

/** The area that an address names; null for none. @param {string} text @returns {Area | null} */
export function areaOf(text) {
  if (text.includes("~")) return paintedOf(text);
  if (!/^\d{1,5}(,\d{1,5}){2}((,\d{1,2}){2})?$/.test(text)) return null;
  const [of, ...numbers] = text.split(",").map(Number);
  if (numbers.length === 2) return { of, point: /** @type {[number, number]} */ (numbers) };
  const [l, t, r, b] = numbers;
  return l < r && t < b && r <= SIDE && b <= SIDE ? { of, ...packed(rectangle(numbers)) } : null;
}

/** @param {string} text @returns {Area | null} */
function paintedOf(text) {
  if (text.length > 4 * RUNS || !/^\d{1,5}~[0-9a-z]{1,3}(\.[0-9a-z]{1,3})+$/.test(text)) return null;
  const [of, coded] = text.split("~");
  const runs = coded.split(".").map((run) => Number.parseInt(run, 36));
  if (runs.length > RUNS || runs.reduce((sum, run) => sum + run, 0) !== SIDE * SIDE) return null;
  const bits = new Uint8Array(SIDE * SIDE);
  let at = 0;
  runs.forEach((run, i) => {
    bits.fill(i % 2, at, at + run);
    at += run;
  });
  return bits.includes(1) ? { of: Number(of), ...packed({ w: SIDE, h: SIDE, bits }) } : null;
}

/** @type {WeakMap<Area, number[][]>} */
const painted = new WeakMap();

/** The lines around an area that is no rectangle, in the photo's pixels. @param {Area} area @param {[number, number]} size */
function linesOfArea(area, [width, height]) {
  const kept = painted.get(area);
  if (kept || !isDrawn(area) || isRectangle(placesOf(area))) return kept;
  const { w, h } = placesOf(area);
  const lines = linesOf(placesOf(area)).map((line) =>
    line.map((side, i) => (i % 2 ? (side * height) / h : (side * width) / w)),
  );
  painted.set(area, lines);
  return lines;
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

/** @typedef {{left: number, width: number, height: number, tops: number[]}} Name a name on the photo, and where it may stand */

/**
 * Where names stand so that none lies on another: of each the first of its tops that is free of those before it, or its
 * first where none is.
 * @param {Name[]} names @returns {number[]}
 */
export function namesApart(names) {
  /** @type {{left: number, width: number, height: number, top: number}[]} */
  const taken = [];
  return names.map(({ left, width, height, tops }) => {
    const free = (/** @type {number} */ top) =>
      !taken.some(
        (one) =>
          left < one.left + one.width &&
          one.left < left + width &&
          top < one.top + one.height &&
          one.top < top + height,
      );
    const top = tops.find(free) ?? tops[0];
    taken.push({ left, width, height, top });
    return top;
  });
}

/**
 * The tops that a name of some height may take at a box from `top` to `bottom`: above it, in it, below it, further in.
 * @param {number} top @param {number} bottom @param {number} height @param {number} end of the picture
 */
export function topsOf(top, bottom, height, end) {
  const inside = Math.max(0, top);
  const all = [top - height, inside, bottom, bottom - height, inside + height, top - 2 * height];
  const fitting = all.filter((one) => one >= 0 && one + height <= end);
  return fitting.length ? fitting : [inside];
}
