import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { captionOf, endsOf, masksOf, nameOfRow, rowsOf, runsOf } from "../../cam/page/static/lesson/figure.js";
import {
  at,
  cellAt,
  channelOf,
  coarserOf,
  computedAgain,
  cutOf,
  difference,
  innerOf,
  kindOf,
  toldOf,
} from "../../cam/page/static/lesson/story.js";
import { caption, plain, scaleOf, toAsk, told, toTry } from "../../cam/page/static/lesson/words.js";
import { speaking } from "./tables.js";

/** @param {Iterable<number>} values */
const floats = (values) => Buffer.from(Float32Array.from(values).buffer).toString("base64");

/** @param {string} name @param {string[]} axes @param {number[]} shape @param {number[]} values @param {string[]} follows @param {object} [more] */
const packed = (name, axes, shape, values, follows, more = {}) => ({
  ...{ name, axes, shape, formula: {}, follows, code: "", labels: [], value: null, values: floats(values) },
  ...{ sent: shape, dtype: /** @type {const} */ ("float32"), scale: "", kept: "" },
  ...more,
});

const GRID = ["channel", "row", "column"];
const story = (more = {}) => ({
  key: "k",
  channels: [1, 0],
  raises: [{ channel: 1, classes: [4], rises: [2] }],
  steps: [
    packed("activations", GRID, [3, 1, 2], [1, 2, 3, 4, 5, 6], [], more),
    packed("weights", ["channel"], [3], [1, -2, 0.5], []),
    packed("weighted_sum", ["row", "column"], [1, 2], [-2.5, -3], ["weights", "activations"]),
    packed("relu", ["row", "column"], [1, 2], [0, 0], ["weighted_sum"]),
  ],
});

test("a cell is added up, the largest product first, and the rest is what is left", () => {
  const told = toldOf(story());
  const cell = cellAt(told, 0, 0, 2);
  assert.deepEqual(
    cell?.terms.map(({ channel, weight, activation, product }) => [channel, weight, activation, product]),
    [
      [1, -2, 3, -6],
      [2, 0.5, 5, 2.5],
    ],
  );
  assert.equal(cell?.rest, 1);
  assert.equal(cell?.value, -2.5);
  assert.equal(cell?.others, 1);
});

test("the map is computed again from weights and activations", () => {
  const told = toldOf(story());
  const again = computedAgain(told);
  assert.deepEqual([...(again?.map ?? [])], [-2.5, -3]);
  assert.deepEqual([again?.channels, again?.all], [3, 3]);
  assert.deepEqual(difference(again?.map ?? [], [-2.5, -3.5], 1), { most: 0.5, peak: 3.5 });
  assert.equal(told.raw?.name, "weighted_sum");
});

test("of channels that were left out nothing is added, and one number stands for all places", () => {
  const kept = Buffer.from(Uint16Array.of(2, 0).buffer).toString("base64");
  const told = toldOf(story({ kept, sent: [2, 1, 1], values: floats([5, 1]) }));
  assert.equal(at(told.steps[0], 2, 0, 1), 5);
  assert.ok(Number.isNaN(at(told.steps[0], 1, 0, 0)));
  const again = computedAgain(told);
  assert.deepEqual([...(again?.map ?? [])], [3.5, 3.5]);
  assert.equal(again?.channels, 2);
});

test("whole numbers come in steps of their row", () => {
  const values = Buffer.from(Int16Array.of(1, 2, 3, -4).buffer).toString("base64");
  const told = toldOf({
    ...story(),
    steps: [packed("maps", ["map", "x"], [2, 2], [], [], { values, dtype: "int16", scale: floats([0.5, 2]) })],
  });
  assert.deepEqual([...(told.steps[0].data ?? [])], [0.5, 1, 6, -8]);
});

test("what is cut, and how each kind of step is shown", () => {
  assert.deepEqual(cutOf([3, -1, 0]), { share: 0.25, places: 1 });
  const kinds = [
    [],
    ["point"],
    ["mask"],
    ["channel", "repeat"],
    ["row", "column"],
    ["token", "token"],
    ["colour", "y", "x"],
    GRID,
    ["block", "token", "token"],
  ];
  assert.deepEqual(
    kinds.map((axes) => kindOf(toldOf({ ...story(), steps: [packed("other", axes, [1], [1], [])] }).steps[0])),
    ["number", "bars", "names", "bars", "grid", "pixels", "colours", "maps", "stack"],
  );
});

test("of many blocks some are shown, each by its own name", () => {
  const labels = Array.from({ length: 24 }, (_, i) => `block ${i}`);
  const blocks = { labels, shape: [24, 9, 9], axes: ["block", "token", "token"], rows: null };
  const scene = /** @type {any} */ ({ told: { channels: [] } });
  const step = /** @type {any} */ (blocks);
  const names = rowsOf(step, scene, 4).map((row) => nameOfRow(step, row));
  assert.deepEqual(names, ["block 0", "block 8", "block 15", "block 23"]);
  const kept = /** @type {any} */ ({ ...blocks, rows: Int32Array.of(0, 7, 23) });
  assert.deepEqual(
    rowsOf(kept, scene, 4).map((row) => nameOfRow(kept, row)),
    ["block 0", "block 7", "block 23"],
  );
});

test("what Grad-CAM says of its weights is said of no other weights", () => {
  const scene = /** @type {any} */ ({
    told: { terms: { factors: { name: "weights" } }, named: new Map([["gradients", 1]]) },
  });
  const weights = (/** @type {string[]} */ ...follows) =>
    told(/** @type {any} */ ({ name: "weights", follows }), scene);
  assert.ok(weights("gradients"));
  assert.ok(!weights("losses", "scores"), "Ablation-CAM");
  assert.ok(!weights("alphas", "positive_gradients"), "Grad-CAM++");
  assert.ok(told(/** @type {any} */ ({ name: "weighted_sum", follows: ["weights", "activations"] }), scene));
});

test("where nothing is cut it says so, and a map without a class is against nothing", () => {
  const relu = /** @type {any} */ ({ name: "relu", shape: [1, 2], follows: ["weighted_sum"], data: null, axes: [] });
  const scene = (/** @type {number[]} */ raw, blind = false, shown = raw) =>
    /** @type {any} */ ({
      told: { raw: { data: Float32Array.from(raw) }, terms: null },
      raw: shown,
      heat: { h: 1, w: 2 },
      blind,
      label: "cat",
    });
  speaking("en");
  assert.equal(caption(relu, scene([1, 3])), "nothing cut");
  assert.equal(caption(relu, scene([-1, 3])).replace("\u202f", " "), "25.0 % cut");
  assert.match(plain(relu, scene([1, 3])), /here nothing does/);
  assert.match(plain(relu, scene([-1, 3])), /^What speaks against is set to zero: 1 of 2 places/);
  assert.match(plain(relu, scene([-1, 3], true)), /^Negative values are set to zero: 1 of 2 places/);
  assert.match(
    plain(relu, scene([2], false, [-1, 5])),
    /1 of 2 places, 16.7/,
    "by the map on show where the story's is coarser",
  );
  speaking("zh");
  assert.equal(caption(relu, scene([1, 3])), "没有去掉任何值");
  speaking("en");
});

test("a map is made coarser by means, where its cells divide", () => {
  assert.deepEqual([...(coarserOf([1, 3, 5, 7, 2, 2, 4, 4], [2, 4], [1, 2]) ?? [])], [2, 5]);
  assert.equal(coarserOf([1, 2, 3], [1, 3], [1, 2]), null);
});

test("masks are named by the channels that they are of, and count what these count", () => {
  const told = toldOf({
    ...story(),
    steps: [
      ...story().steps.slice(0, 2),
      packed("chosen", ["mask"], [4], [2, 2, 0, 0], []),
      packed("masks", ["mask", "y", "x"], [4, 1, 1], [1, 1, 1, 1], ["activations", "chosen"]),
      ...story().steps.slice(2),
    ],
  });
  const [chosen, masks] = ["chosen", "masks"].map((name) => /** @type {any} */ (told.named.get(name)));
  speaking("en");
  assert.deepEqual(masksOf(chosen, told), [
    { name: "Channel 2", value: 0.5 },
    { name: "Channel 0", value: 1 },
  ]);
  const scene = /** @type {any} */ ({ told });
  assert.deepEqual(
    [0, 1, 2].map((row) => captionOf(masks, row, scene)),
    ["Channel 2 · Run 1", "Channel 2 · Run 2", "Channel 0 · Run 1"],
  );
  const once = toldOf({
    ...story(),
    steps: [
      ...story().steps.slice(0, 2),
      packed("chosen", ["mask"], [2], [2, 0], []),
      packed("masks", ["mask", "y", "x"], [2, 1, 1], [1, 1], ["activations", "chosen"]),
      ...story().steps.slice(2),
    ],
  });
  const single = /** @type {any} */ (once.named.get("masks"));
  assert.equal(captionOf(single, 1, /** @type {any} */ ({ told: once })), "Channel 0");
});

test("numbers of several runs are told row by row", () => {
  const several = /** @type {any} */ ({ data: new Float32Array([1, 2, 3, 5, 7, 9]), sent: [2, 3] });
  assert.deepEqual(runsOf(several), [
    [1, 2, 3],
    [5, 7, 9],
  ]);
  const alone = /** @type {any} */ ({ data: new Float32Array([4, 6]), sent: [2] });
  assert.deepEqual(runsOf(alone), [[4], [6]]);
});

test("every step has a plain sentence of its own", () => {
  for (const language of ["en", "zh"]) {
    const path = new URL(`../../cam/page/static/locales/${language}.ftl`, import.meta.url);
    const ids = new Set(readFileSync(path, "utf8").match(/^[\w-]+(?= =)/gm));
    const steps = [...ids].flatMap((id) => id.match(/^step-(\w+)-holds$/)?.[1] ?? []);
    assert.ok(steps.length > 50);
    assert.deepEqual(
      steps.filter((name) => !ids.has(`page-lesson-plain-${name}`)),
      [],
    );
  }
});

test("nothing is asked about negative values where there are none", () => {
  const scene = (/** @type {number[]} */ weights, /** @type {number[]} */ raw) => {
    const factors = { name: "weights", data: Float32Array.from(weights) };
    const maps = { name: "activations", data: Float32Array.of(0, 1) };
    return /** @type {any} */ ({
      told: { raw: { data: Float32Array.from(raw) }, terms: { factors, maps }, named: new Map([["gradients", 1]]) },
      raw,
      heat: { h: 1, w: 2 },
      label: "cat",
    });
  };
  const step = (/** @type {string} */ name) =>
    /** @type {any} */ ({ name, shape: [2], sent: [2], follows: ["gradients"], data: null, value: null, axes: [] });
  speaking("en");
  const [both, up] = [scene([1, -1], [2, -3]), scene([1, 2], [2, 3])];
  const about = (/** @type {any} */ one) =>
    ["weights", "weighted_sum", "relu"]
      .flatMap((name) => [plain(step(name), one, 0), toTry(step(name), one, 0), toAsk(step(name), one, 0)])
      .join(" ");
  assert.match(about(both), /most negative.*blue ones lower.*to a blue one.*lower the sum there.*were blue/);
  assert.doesNotMatch(about(up), /most negative|blue|lower the sum there|spoke against/);
});

test("channels that were kept along the second axis are no rows of the first", () => {
  const kept = Buffer.from(Uint16Array.of(7, 2).buffer).toString("base64");
  const noisy = packed("noisy_activations", ["sample", ...GRID], [2, 9, 1, 1], [1, 2, 3, 4], [], {
    kept,
    sent: [2, 2, 1, 1],
  });
  const [step] = toldOf({ ...story(), steps: [noisy] }).steps;
  const scene = /** @type {any} */ ({ told: { channels: [2, 7], terms: null } });
  assert.deepEqual(rowsOf(step, scene, 12), [0, 1]);
  assert.deepEqual(innerOf(step, [2, 7]), { place: 1, channel: 2 });
  assert.deepEqual([...(channelOf(step, 1) ?? [])], [3, 4]);
  assert.equal(innerOf(toldOf(story()).steps[0], [1]), null);
});

test("of gradients that are the same everywhere both ends are shown", () => {
  const step = /** @type {any} */ ({
    data: Float32Array.of(1, -5, 4, 0, 3, -2),
    rows: Int32Array.of(10, 11, 12, 13, 14, 15),
  });
  assert.deepEqual(endsOf(step), [12, 14, 15, 11]);
  assert.deepEqual(endsOf({ ...step, rows: null }), [2, 4, 5, 1]);
});

test("a product of two steps is multiplied here, for the channels that came of both", () => {
  const kept = Buffer.from(Uint16Array.of(2, 0).buffer).toString("base64");
  const made = toldOf({
    ...story(),
    steps: [
      packed("activations", GRID, [3, 1, 2], [1, 2, 3, 4, 5, 6], []),
      packed("gradients", GRID, [3, 1, 2], [2, -1, 3, 3], [], { kept, sent: [2, 1, 2] }),
      packed("products", GRID, [3, 1, 2], [], ["gradients", "activations"], { values: "", dtype: "product", sent: [] }),
    ],
  });
  const products = /** @type {any} */ (made.named.get("products"));
  assert.deepEqual([...products.data], [10, -6, 3, 6]);
  assert.deepEqual([...products.rows], [2, 0]);
  assert.equal(at(products, 0, 0, 1), 6);
  assert.ok(Number.isNaN(at(products, 1)));
});

test("large numbers come with their unit", () => {
  assert.equal(scaleOf(442_461, 3).whole(442_461), "442 × 10³");
  assert.equal(scaleOf(31_339, 3).bare(-28_906), "−28.9");
  assert.equal(scaleOf(31_339).bare(31_339), "31,339");
  assert.equal(scaleOf(1.33, 3).whole(1.332), "1.33");
});
