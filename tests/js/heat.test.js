import assert from "node:assert/strict";
import { test } from "node:test";
import {
  contourLines,
  heatAt,
  heatOf,
  inputPosition,
  paintHeat,
  seenArea,
  summary,
} from "../../cam/page/static/picture/heat.js";

/** @import { Box } from "../../cam/page/static/protocol.js" */

/** @type {Box} */
const WHOLE = [0, 0, 4, 4];
const VIEW = { source: /** @type {Box} */ ([0, 0, 40, 20]), content: WHOLE };

/** @param {ArrayLike<number>} found @param {number[]} wanted @param {number} within */
function near(found, wanted, within = 1e-6) {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < wanted.length; i++)
    assert.ok(Math.abs(found[i] - wanted[i]) <= within, `${i}: ${found[i]} is not ${wanted[i]}`);
}

test("a map is enlarged with half-pixel centres and stretched from its lowest to its highest value", () => {
  const heat = heatOf([1, 3], 1, 2, 1, 4);
  near(heat.values, [0, 0.25, 0.75, 1]); // 1, 1.5, 2.5, 3
  assert.deepEqual([heat.low, heat.high, heat.peak, heat.empty], [1, 3, 3, false]);
});

test("for, against and both", () => {
  const raw = [2, -4];
  near(heatOf(raw, 1, 2, 1, 2, "for").values, [1, 0]);
  near(heatOf(raw, 1, 2, 1, 2, "against").values, [0, 1]);
  near(heatOf(raw, 1, 2, 1, 2, "both").values, [0.5, -1]);
});

test("nothing to show, and the same everywhere", () => {
  const nothing = heatOf([-1, -2], 1, 2, 2, 2);
  assert.deepEqual([nothing.empty, nothing.flat, [...nothing.values]], [true, false, [0, 0, 0, 0]]);
  const flat = heatOf([3, 3], 1, 2, 2, 2);
  assert.deepEqual([flat.empty, flat.flat], [true, true]);
});

test("where the input lies on a canvas, and what of it the model saw", () => {
  const at = { kx: 2, ky: 2, left: 5, top: 1 };
  assert.deepEqual(inputPosition(VIEW, at), { sx: 20, sy: 10, tx: 5, ty: 1 });
  assert.deepEqual(seenArea(VIEW, at, 60, 60), [5, 1, 60, 41]);
});

test("the heat between four samples", () => {
  const heat = heatOf([0, 1, 2, 3], 2, 2, 2, 2);
  near([heatAt(heat, 1, 1, [0, 0, 2, 2])], [0.5]);
  assert.equal(heatAt(heat, 0, 0, [0, 0, 2, 2]), 0);
});

test("a pixel is mixed by opacity * v * (2 - v)", () => {
  const lut = new Uint8Array(768).fill(200);
  const out = new Uint8ClampedArray(4 * 4).fill(100);
  const heat = heatOf([0, 1, 2, 3], 2, 2, 2, 2);
  paintHeat(out, 2, heat, [0, 0, 2, 2], { sx: 1, sy: 1, tx: 0, ty: 0 }, [0, 0, 2, 2], {
    lut,
    signedLut: null,
    opacity: 0.5,
    hide: 0,
  });
  const wanted = [0, 1 / 3, 2 / 3, 1].map((v) => 100 + 100 * 0.5 * v * (2 - v));
  near(
    [0, 1, 2, 3].map((pixel) => out[4 * pixel]),
    wanted,
    1.5,
  );
  assert.equal(out[3], 100, "alpha stays");
});

test("a contour runs where the heat crosses its level", () => {
  const heat = heatOf([0, 1], 1, 2, 2, 2);
  assert.deepEqual(
    contourLines(heat, [0, 0, 2, 2], [0.5]).filter((_, i) => i % 2 === 0),
    [1, 1],
  );
});

test("the summary finds the strongest place and what is above half", () => {
  const heat = heatOf([0, 0, 0, 4], 2, 2, 4, 4);
  const { x, y, above, seen, best } = summary(heat, VIEW, [40, 20]);
  assert.deepEqual([x, y, best, seen], [0.875, 0.875, 1, 1]);
  assert.equal(above, [...heat.values].filter((v) => v > 0.5).length / 16);
});

/** A map as fine as its picture: a ramp up to a tenth of the one pixel that towers above all. */
const towering = () => Float32Array.from({ length: 400 }, (_, i) => (i === 7 ? 1 : i === 9 ? -0.5 : (0.1 * i) / 399));

test("where a few pixels tower above all others, full colour begins below, and no value changes", () => {
  const heat = heatOf(towering(), 20, 20, 20, 20);
  near([heat.full], [(0.1 * 398) / 399]); // the 398th of 400
  assert.deepEqual([heat.values[7], heat.high, heat.peak], [1, 1, 1]);
  assert.ok(summary(heat, { source: [0, 0, 20, 20], content: [0, 0, 20, 20] }, [20, 20]).above < 0.01, "as measured");
  near([heatOf(towering(), 20, 20, 20, 20, "both").full], [0.1]);
  assert.equal(heatOf(towering(), 20, 20, 40, 40).full, 1, "a coarser map");
  assert.equal(
    heatOf(
      towering().map((v, i) => (i % 9 ? v : 0.6)),
      20,
      20,
      20,
      20,
    ).full,
    1,
    "many places reach half",
  );
});

test("from full colour on a pixel has full colour", () => {
  const heat = { ...heatOf([0, 1], 1, 2, 1, 2), full: 0.25 };
  heat.values.set([0.125, 1]);
  const out = new Uint8ClampedArray(8).fill(100);
  const lut = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const look = { lut, signedLut: null, opacity: 1, hide: 0 };
  paintHeat(out, 2, heat, [0, 0, 2, 1], { sx: 1, sy: 1, tx: 0, ty: 0 }, [0, 0, 2, 1], look);
  near([out[0], out[4]], [0.25 * 100 + 0.75 * 127, 255], 2); // half of full colour covers 0.5 * 1.5
});
