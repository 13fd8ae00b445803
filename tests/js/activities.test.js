// The activities' arithmetic: shares of evidence against loops over all pixels, strokes, and before and after.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, lacks, mapInstead, rowsOf, shareAfter } from "../../cam/page/static/activities/compare.js";
import { activityOf } from "../../cam/page/static/activities/main.js";
import { evidenceOf, lies, middle, sharesOf, spread, under } from "../../cam/page/static/activities/shares.js";
import {
  boxOf,
  distance,
  fits,
  middleOf,
  settled,
  shiftOf,
  thinned,
} from "../../cam/page/static/activities/strokes.js";
import { colourOf, heatOf } from "../../cam/page/static/picture/heat.js";
import { message } from "./messages.js";

/** Numbers that look like chance, the same each time. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** @type {Record<string, import("../../cam/page/static/protocol.js").View>} */
const VIEWS = {
  squeeze: { source: [0, 0, 90, 60], content: [0, 0, 28, 28], input: [28, 28] },
  pad: { source: [0, 0, 90, 60], content: [0, 5, 28, 24], input: [28, 28] },
  crop: { source: [20, 5, 70, 55], content: [0, 0, 28, 28], input: [28, 28] },
};
/** @type {import("../../cam/page/static/activities/strokes.js").Shape[]} */
const GUESS = [
  { tool: "brush", size: 9, points: [[40, 30]] },
  {
    tool: "brush",
    size: 5,
    points: [
      [10, 10],
      [60, 22],
      [66, 50],
    ],
  },
];

/** The evidence at a pixel of the input: what is positive of the cells around it, weighted by nearness. */
function brute(/** @type {number[]} */ raw, /** @type {number} */ n, /** @type {number} */ N) {
  const found = [];
  for (let j = 0; j < N; j++)
    for (let i = 0; i < N; i++) {
      const [y, x] = [j, i].map((at) => Math.min(n - 1, Math.max(0, ((at + 0.5) * n) / N - 0.5)));
      let sum = 0;
      for (let r = 0; r < n; r++)
        for (let c = 0; c < n; c++)
          sum += Math.max(0, 1 - Math.abs(y - r)) * Math.max(0, 1 - Math.abs(x - c)) * Math.max(0, raw[r * n + c]);
      found.push(sum);
    }
  return found;
}

for (const [name, view] of Object.entries(VIEWS))
  test(`shares are sums over all pixels: ${name}`, () => {
    const next = random(7);
    const raw = Array.from({ length: 49 }, () => next() - 0.3);
    const evidence = evidenceOf(raw, 7, 7, view);
    const wanted = brute(raw, 7, 28);
    for (const [i, v] of wanted.entries()) assert.ok(Math.abs(evidence[i] - v) < 1e-6);
    const [l, t, r, b] = view.content;
    const [sl, st, sr, sb] = view.source;
    let [whole, hit, area, count] = [0, 0, 0, 0];
    /** @type {[number, number][]} */
    const away = [];
    for (let j = t; j < b; j++)
      for (let i = l; i < r; i++) {
        const x = sl + ((i - l + 0.5) / (r - l)) * (sr - sl);
        const y = st + ((j - t + 0.5) / (b - t)) * (sb - st);
        let least = Infinity;
        for (const { size, points } of GUESS)
          for (let k = 0; k < 400; k++) {
            const at = ((points.length - 1) * k) / 399;
            const from = points[Math.floor(at)];
            const to = points[Math.min(points.length - 1, Math.floor(at) + 1)];
            const part = at - Math.floor(at);
            const line = [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
            least = Math.min(least, Math.hypot(x - line[0], y - line[1]) - size);
          }
        whole += wanted[j * 28 + i];
        area++;
        away.push([Math.hypot(x - (sl + sr) / 2, y - (st + sb) / 2), wanted[j * 28 + i]]);
        if (least > 0) continue;
        hit += wanted[j * 28 + i];
        count++;
      }
    away.sort((one, other) => one[0] - other[0]);
    const centre = away.slice(0, count).reduce((sum, [, v]) => sum + v, 0);
    const found = sharesOf(evidence, GUESS, view);
    assert.ok(count > 40);
    assert.equal(under(GUESS, view).length, count);
    assert.ok(Math.abs(found.share - hit / whole) < 1e-6, `${found.share}, not ${hit / whole}`);
    assert.ok(Math.abs(found.chance - count / area) < 1e-12);
    assert.ok(Math.abs(found.centre - centre / whole) < 0.01, `${found.centre}, not ${centre / whole}`); // equals may change places
  });

test("evidence without a place gives chance, and none gives nothing", () => {
  const view = VIEWS.squeeze;
  const flat = sharesOf(evidenceOf(new Float32Array(49).fill(3), 7, 7, view), GUESS, view);
  for (const share of [flat.share, flat.centre]) assert.ok(Math.abs(share - flat.chance) < 1e-6);
  const none = sharesOf(evidenceOf(new Float32Array(49).fill(-1), 7, 7, view), GUESS, view);
  assert.ok(Number.isNaN(none.share) && Number.isNaN(none.centre) && none.chance > 0);
  const all = [{ tool: /** @type {const} */ ("brush"), size: 900, points: [/** @type {[number, number]} */ ([0, 0])] }];
  assert.deepEqual(Object.values(sharesOf(evidenceOf([0, 1, 2, 5], 2, 2, view), all, view)), [1, 1, 1]);
  assert.deepEqual(sharesOf(evidenceOf([0, 1, 2, 5], 2, 2, view), [], view), { share: 0, centre: 0, chance: 0 });
});

test("a blob in the middle is round on the photo and of the same area", () => {
  const found = middle(60, VIEWS.squeeze);
  assert.equal(new Set(found).size, 60);
  const places = found.map((at) => [((at % 28) + 0.5) * (90 / 28), (Math.floor(at / 28) + 0.5) * (60 / 28)]);
  const far = Math.max(...places.map(([x, y]) => Math.hypot(x - 45, y - 30)));
  const wide = Math.max(...places.map(([x]) => Math.abs(x - 45)));
  const high = Math.max(...places.map(([, y]) => Math.abs(y - 30)));
  assert.ok(Math.abs(wide - high) < 4 && far < 13, `${wide} ${high} ${far}`);
  assert.deepEqual(middle(0, VIEWS.squeeze), []);
});

test("a guess is what lies within its lines", () => {
  assert.ok(lies(GUESS, 48.9, 30) && !lies(GUESS, 49.1, 30.5));
  assert.ok(lies(GUESS, 66, 54.9) && !lies(GUESS, 66, 55.2));
  assert.equal(lies([], 1, 1), false);
});

test("the spread of a room", () => {
  assert.deepEqual(spread([0.5, 0.1, 0.4]), { median: 0.4, least: 0.1, most: 0.5, count: 3 });
  assert.deepEqual(spread([0.5, 0.1, NaN, 0.2, 0.3])?.median, 0.25);
  assert.equal(spread([NaN]), null);
});

test("a line keeps its course in few points", () => {
  const next = random(3);
  const line = Array.from(
    { length: 300 },
    (_, i) => /** @type {[number, number]} */ ([i, 40 * Math.sin(i / 40) + next()]),
  );
  const few = thinned(line, 2);
  assert.ok(few.length < 30);
  assert.deepEqual([few[0], few[few.length - 1]], [line[0], line[299]]);
  for (const point of line) assert.ok(Math.min(...few.slice(1).map((end, i) => distance(point, few[i], end))) <= 2);
  const shape = settled({ tool: "brush", size: 20.123, points: line });
  assert.equal(shape.size, 20.1);
  assert.ok(
    shape.points.every(([x, y]) => Number((10 * x).toFixed(6)) % 1 === 0 && Number((10 * y).toFixed(6)) % 1 === 0),
  );
});

test("as many strokes fit as the server takes", () => {
  const one = settled(GUESS[0]);
  assert.ok(fits(Array(59).fill(one), one));
  assert.ok(!fits(Array(60).fill(one), one));
  const long = { ...one, points: Array(399).fill([1, 2]) };
  assert.ok(fits([long], one));
  assert.ok(!fits([long, one], one));
});

test("a patch is taken from within the photo", () => {
  const stroke = {
    kind: /** @type {const} */ ("patch"),
    ...GUESS[0],
    shift: /** @type {[number, number]} */ ([1000, -7]),
  };
  assert.deepEqual(boxOf(stroke, [90, 60]), [31, 21, 49, 39]);
  assert.deepEqual(shiftOf(stroke, [90, 60]), [41, -7]);
  assert.deepEqual(shiftOf({ ...stroke, shift: [-50, 100] }, [90, 60]), [-31, 21]);
  assert.deepEqual(middleOf(GUESS[1]), [38, 30]);
});

/** @param {number[]} shares */
function ranking(shares) {
  const pack = (/** @type {ArrayBufferView} */ values) => Buffer.from(values.buffer).toString("base64");
  const order = shares.map((_, i) => i).sort((one, other) => shares[other] - shares[one]);
  return { photo_id: "p", order: pack(Uint16Array.from(order)), probabilities: pack(Float32Array.from(shares)) };
}

test("the first five before, then those that have come among them", () => {
  const before = ranking([0.4, 0.2, 0.15, 0.1, 0.08, 0.05, 0.02]);
  const after = ranking([0.01, 0.25, 0.15, 0.02, 0.04, 0.03, 0.5]);
  const rows = rowsOf(before, after);
  assert.deepEqual(
    rows.map(({ index, rank, now }) => [index, rank, now]),
    [
      [0, 1, 7],
      [1, 2, 2],
      [2, 3, 3],
      [3, 4, 6],
      [4, 5, 4],
      [6, 7, 1],
      [5, 6, 5],
    ],
  );
  assert.ok(Math.abs(rows[0].after - rows[0].before + 0.39) < 1e-6);
});

test("a covered map has the colours of the scale before", () => {
  const raw = [0.2, 1, 0.4, 2];
  const before = heatOf(raw, 2, 2, 2, 2);
  const half = alike(
    heatOf(
      raw.map((v) => v / 2),
      2,
      2,
      2,
      2,
    ),
    before,
  );
  for (const v of half.values) {
    const evidence = half.low + v * (half.high - half.low);
    const wanted = Math.max(-1, (evidence - before.low) / (before.high - before.low));
    assert.ok(Math.abs(colourOf(half, v) - wanted) < 1e-6);
  }
  const common = { ...before, gain: 0.45, offset: 0.05 };
  const same = alike(heatOf(raw, 2, 2, 2, 2), common);
  assert.ok(Math.abs(same.gain - 0.45) < 1e-6 && Math.abs(same.offset - 0.05) < 1e-6);
  const signed = heatOf([1, -4], 1, 2, 1, 2, "both");
  assert.ok(Math.abs(alike(heatOf([0.5, -2], 1, 2, 1, 2, "both"), signed).gain - 0.5) < 1e-6);
});

test("a covered photo has a map of the class that was asked for, or of every class", () => {
  const found = message("covered");
  const photo = /** @type {any} */ ({ view: { input: [4, 4] } });
  const picture = /** @type {any} */ ({ shape: [2, 2], class_blind: false });
  const instead = { picture, photo, index: 2, raw: Float32Array.of(0.25, -1, 0, 1.5), ranking: found.ranking };
  const before = heatOf([0, 0, 0, 3], 2, 2, 4, 4);
  assert.ok(mapInstead(instead, 2, before, "for").high > 1);
  assert.ok(mapInstead(instead, 1, before, "for").empty);
  assert.deepEqual([lacks(instead, 2), lacks(instead, 1)], [false, true]);
  assert.equal(lacks({ ...instead, picture: { ...picture, class_blind: true } }, 1), false);
  assert.equal(lacks({ ...instead, raw: null }, 2), true);
  assert.deepEqual(
    [0, 1, 2].map((index) => shareAfter(instead, index)),
    [0.5, 0.125, 0.375],
  );
});

test("an address names an activity", () => {
  assert.deepEqual(["?activity=cover", "activity=guess", "?activity=dance", ""].map(activityOf), [
    "cover",
    "guess",
    "",
    "",
  ]);
});
