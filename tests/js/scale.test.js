import assert from "node:assert/strict";
import { test } from "node:test";
import { lookLink, lookOf } from "../../cam/page/static/link.js";
import { colourOf, heatOf, paintHeat } from "../../cam/page/static/picture/heat.js";
import { fileName } from "../../cam/page/static/picture/save.js";
import { maximumOf, noted, scaled, strongest, weakness } from "../../cam/page/static/picture/scale.js";

/** @param {ArrayLike<number> & ArrayBufferView} values */
const packed = (values) => Buffer.from(new Uint8Array(values.buffer)).toString("base64");

/** Maps (2, 2) of classes 0 (the weak one), 1 (the strongest) and 2 (the top class), in the steps in which they travel. */
const RAW = [
  [0.01, -0.5, 0, 0.005],
  [8, -2, 0, 0],
  [4, 0, 0, -1],
];

/** @param {object} [picture] @param {object} [more] @returns {any} */
function confirmed(picture = {}, more = {}) {
  const steps = RAW.map((raw) => Math.max(...raw.map(Math.abs)) / 32767);
  const classes = {
    key: "k",
    shape: [2, 2],
    indices: packed(Uint16Array.of(0, 1, 2)),
    rivals: "",
    maps: packed(Int16Array.from(RAW.flatMap((raw, n) => raw.map((v) => Math.round(v / steps[n]))))),
    steps: packed(Float32Array.from(steps)),
  };
  const order = { photo_id: "p", order: packed(Uint16Array.of(2, 1, 0)), probabilities: packed(new Float32Array(3)) };
  return { picture: { key: "k", class: 2, class_blind: false, ...picture }, classes, ranking: order, ...more };
}

/** @param {number} found @param {number} wanted */
const near = (found, wanted) =>
  assert.ok(Math.abs(found - wanted) < 2e-3 * Math.abs(wanted), `${found}, not ${wanted}`);

test("the strongest class is the one with the largest value of what is seen", () => {
  for (const [evidence, index, peak] of /** @type {const} */ ([
    ["for", 1, 8],
    ["against", 1, 2],
    ["both", 1, 8],
  ])) {
    const found = strongest(confirmed(), evidence);
    assert.deepEqual([found?.index, found?.count], [index, 3]);
    near(found?.peak ?? 0, peak);
  }
  near(maximumOf(confirmed(), 0, "for"), 0.01);
  near(maximumOf(confirmed(), 0, "both"), 0.5);
  assert.ok(Number.isNaN(maximumOf(confirmed(), 7, "for")));
});

test("there is no common scale of maps of another picture, of one map, and of maps that are the same for every class", () => {
  assert.equal(strongest(confirmed({ key: "other" }), "for"), null);
  assert.equal(strongest(confirmed({ class_blind: true }), "for"), null);
  const peaks = noted(null, "k", 2, Float32Array.of(3, -1));
  assert.equal(strongest(confirmed({}, { classes: null, peaks }), "for"), null);
});

test("of a slow method the maps that were on show are compared, those of another picture are not", () => {
  const one = noted(null, "k", 2, Float32Array.of(3, -1));
  const two = noted(one, "k", 5, Float32Array.of(0.5, -9));
  const slow = confirmed({}, { classes: null, peaks: two });
  assert.deepEqual(strongest(slow, "for"), { peak: 3, index: 2, count: 2 });
  assert.deepEqual(strongest(slow, "against"), { peak: 9, index: 5, count: 2 });
  assert.deepEqual(noted(two, "other", 1, Float32Array.of(1)), { key: "other", of: { 1: [1, 1] } });
});

test("a class is weak below a tenth of the most likely one's maximum", () => {
  near(weakness(confirmed(), 0, "for")?.share ?? 0, 0.01 / 4);
  assert.equal(weakness(confirmed(), 0, "for")?.top, 2);
  assert.equal(weakness(confirmed(), 1, "for"), null);
  assert.equal(weakness(confirmed(), 2, "for"), null);
  assert.equal(weakness(confirmed(), 0, "both"), null); // 0.5 of 4
});

test("on the common scale a raw value has the colour of its share of the strongest maximum", () => {
  const own = heatOf([1, 3], 1, 2, 1, 4); // enlarged 1, 1.5, 2.5, 3
  const heat = scaled(own, 6);
  assert.deepEqual([...heat.values], [...own.values]);
  assert.deepEqual(
    [...heat.values].map((v) => Number(colourOf(heat, v).toFixed(6))),
    [1 / 6, 1.5 / 6, 2.5 / 6, 0.5].map((v) => Number(v.toFixed(6))),
  );
  assert.deepEqual(
    [0, 1].map((v) => colourOf(own, v)),
    [0, 1],
  );
  const signed = scaled(heatOf([2, -4], 1, 2, 1, 2, "both"), 8);
  assert.deepEqual(
    [...signed.values].map((v) => colourOf(signed, v)),
    [0.25, -0.5],
  );
  assert.equal(scaled(own, null), own);
});

test("the picture is painted by the common scale", () => {
  const lut = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const look = { lut, signedLut: lut, opacity: 1, hide: 0 };
  const paint = (/** @type {any} */ heat) => {
    const out = new Uint8ClampedArray(4 * 2).fill(255);
    paintHeat(out, 2, heat, [0, 0, 2, 1], { sx: 1, sy: 1, tx: 0, ty: 0 }, [0, 0, 2, 1], look);
    return [out[0], out[4]];
  };
  const own = heatOf([0, 2], 1, 2, 1, 2);
  assert.deepEqual(paint(own), [255, 255]); // nothing at 0; the last colour, at its full cover
  const [none, weak] = paint(scaled(own, 20)); // colour 25 of 255 covers 0.1 * 1.9 of the white photo
  assert.equal(none, 255);
  assert.ok(Math.abs(weak - (255 * (1 - 0.19) + 25 * 0.19)) < 2, String(weak));
});

test("a link and a saved file's name keep the common scale", () => {
  const look = {
    evidence: "for",
    scale: "common",
    colours: "",
    usualColours: "",
    opacity: 0.75,
    hide: 0,
    contours: "",
  };
  const link = lookLink({ ...look, wipe: null, zoom: null });
  assert.equal(link.scale, "common");
  assert.equal(lookLink({ ...look, scale: "own", wipe: null, zoom: null }).scale, "");
  assert.deepEqual(lookOf("scale=common"), { scale: "common" });
  assert.deepEqual(lookOf("scale=loud"), {});
  const { picture } = confirmed({ at: { detail: 1 }, method: "Grad-CAM", layer: "bn2", share: 1, combination: "" });
  const drawn = /** @type {any} */ ({
    confirmed: { picture },
    evidence: "for",
    common: { peak: 1, index: 0, count: 3 },
  });
  assert.equal(fileName(drawn, "cup"), "cup-common-scale-Grad-CAM-bn2.png");
});
