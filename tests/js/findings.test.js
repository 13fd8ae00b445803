// Where findings lie on the photo, what is on show of them, and how an area travels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cut } from "../../cam/page/static/findings/list.js";
import {
  areaLink,
  areaOf,
  boxAt,
  brushed,
  cellsOf,
  countOf,
  edgesOf,
  fitsLink,
  holds,
  namesApart,
  outlineOf,
  packed,
  placesOf,
  rectangle,
  shownOf,
  topsOf,
} from "../../cam/page/static/findings/places.js";
import { linkOf, sound, wishOf } from "../../cam/page/static/link.js";
import { drawFound, findingAt, partsOf } from "../../cam/page/static/live/found.js";
import { EMPTY, wish } from "../../cam/page/static/state.js";
import { message } from "./messages.js";

const VIEW = { source: [0, 0, 200, 100], content: [0, 0, 100, 100], input: [100, 100] };
const box = (left, top, right, bottom, probability = 0.9) => ({
  index: 0,
  label: "person",
  probability,
  box: [left, top, right, bottom],
});
const bits = (text) => ({ w: text[0].length, h: text.length, bits: Uint8Array.from(text.join(""), Number) });
const state = (findings, more = {}) => ({
  ...EMPTY,
  confirmed: { findings, choice: {}, photo: { size: [200, 100], view: VIEW }, ...more },
});

test("findings below the threshold are not on show, an area of one's own always", () => {
  const all = [box(0, 0, 9, 9), box(0, 0, 9, 9, 0.4), { ...box(0, 0, 9, 9, 0.01), own: true }];
  const numbers = (threshold) => shownOf({ ...state(all), threshold }).map(({ number }) => number);
  assert.deepEqual([numbers(0.3), numbers(0.5), numbers(0.95)], [[0, 1, 2], [0, 2], [2]]);
  assert.equal(shownOf(state(null)), null);
  assert.equal(countOf(all), 2);
});

test("a place belongs to the smallest box around it", () => {
  const shown = [box(0, 0, 100, 100), box(10, 10, 20, 20), box(50, 0, 60, 100)].map((found, number) => ({
    number,
    found,
  }));
  const at = (x, y) => boxAt(shown, x, y)?.number ?? null;
  assert.deepEqual([at(15, 15), at(30, 30), at(55, 50), at(20, 20), at(150, 5)], [1, 0, 2, 0, null]);
});

test("names that would lie on each other move apart, the first one stays", () => {
  const name = (left, top, bottom, width = 80) => ({ left, width, height: 20, tops: topsOf(top, bottom, 20, 300) });
  const names = [name(10, 100, 200), name(20, 105, 180), name(200, 100, 150), name(30, 110, 170)];
  const tops = namesApart(names);
  assert.deepEqual(tops.slice(0, 3), [80, 105, 80]);
  for (let i = 0; i < names.length; i += 1)
    for (let j = 0; j < i; j += 1) {
      const [one, other] = [names[i], names[j]];
      const beside = one.left >= other.left + other.width || other.left >= one.left + one.width;
      assert.ok(beside || Math.abs(tops[i] - tops[j]) >= 20, `${i} and ${j}`);
    }
  assert.deepEqual(topsOf(5, 290, 20, 300), [5, 270, 25]); // no room above and below
  assert.deepEqual(topsOf(-40, 400, 20, 300), [0, 20]);
});

test("places travel in runs and come back", () => {
  for (const text of [["0110", "0011"], ["11", "11"], ["00"], ["1"]])
    assert.deepEqual(placesOf(packed(bits(text))), bits(text));
  assert.equal(packed(bits(["1100"])).runs, btoa("\0\0\x02\0\x02\0"));
});

test("a mask over the input lies on the photo", () => {
  const mask = packed(bits(["10", "00"])); // the upper left quarter
  assert.deepEqual(
    [holds(mask, VIEW, 99, 49), holds(mask, VIEW, 101, 49), holds(mask, VIEW, 99, 51), holds(mask, VIEW, -1, 5)],
    [true, false, false, false],
  );
  const lines = outlineOf(mask, VIEW).map((line) => line.join());
  assert.deepEqual(lines.sort(), ["0,0,0,50", "0,0,100,0", "0,50,100,50", "100,0,100,50"].sort());
});

test("a mask on a photo that was cut lies where the network saw it", () => {
  const cutView = { source: [50, 0, 150, 100], content: [0, 0, 100, 100], input: [100, 100] };
  const mask = packed(bits(["01"])); // the right half of what it saw
  assert.deepEqual(
    [99, 101, 151].map((x) => holds(mask, cutView, x, 10)),
    [false, true, false],
  );
});

test("an area stands in the address and comes back", () => {
  const area = { of: 3, ...packed(rectangle([20, 10, 40, 50])) };
  assert.equal(areaLink(area), "3,20,10,40,50");
  assert.deepEqual(areaOf("3,20,10,40,50"), area);
  assert.deepEqual(areaOf("0,150,99"), { of: 0, point: [150, 99] });
  assert.equal(areaLink({ of: 0, point: [150, 99] }), "0,150,99");
  for (const wrong of ["", "1", "1,2", "1,2,3,4", "0,40,10,20,50", "0,0,0,65,2", "a,1,2", "0,-1,2"])
    assert.equal(areaOf(wrong), null, wrong);
  assert.deepEqual(cellsOf([50, 25, 100, 50], [200, 100]), [16, 16, 32, 32]);
});

test("a painted area is what the brush touches, and an address has it whole", () => {
  const places = brushed(
    [
      [96, 48],
      [288, 48],
    ],
    [384, 192],
  ); // half as wide as the brush: 16 pixels of the photo
  const at = (x, y) => places.bits[Math.floor((y * 64) / 192) * 64 + Math.floor((x * 64) / 384)];
  assert.deepEqual(
    [at(96, 48), at(200, 60), at(200, 70), at(84, 48), at(75, 48), at(300, 48), at(310, 48), at(200, 28)],
    [1, 1, 0, 1, 0, 1, 0, 0],
  );
  const area = { of: 2, ...packed(places) };
  assert.match(areaLink(area), /^2~[0-9a-z.]+$/);
  assert.deepEqual(areaOf(areaLink(area)), area);
  const dab = brushed([[10, 10]], [384, 192]);
  assert.ok(fitsLink(dab) && dab.bits.includes(1));
  const board = { w: 64, h: 64, bits: Uint8Array.from({ length: 4096 }, (_, i) => i % 2) };
  assert.ok(!fitsLink(board), "every second place: no address has room for it");
  assert.equal(areaOf(areaLink({ of: 0, ...packed(board) })), null);
  for (const wrong of ["0~", "0~36s", "0~1.2", "0~1.36s", "~0.36s", "0~1.zzz", "0~1.3.-1", `0~${"1.".repeat(4095)}1`])
    assert.equal(areaOf(wrong), null, wrong.slice(0, 40));
  assert.deepEqual(sound("?area=0~1.2", {}, 0).ignored, [["area", "0~1.2"]]);
});

test("a painted area is marked by its edge, a rectangle by its sides", () => {
  const shape = { w: 64, h: 64, bits: rectangle([0, 0, 32, 32]).bits.slice() };
  const look = (places) =>
    shownOf({
      ...EMPTY,
      confirmed: {
        findings: [{ index: 0, label: "a", probability: 0.9, own: true }],
        choice: { area: { of: 0, ...packed(places) } },
        photo: { size: [128, 64], view: VIEW },
      },
    })[0].found;
  assert.deepEqual([look(shape).lines, edgesOf(look(shape), VIEW).length], [undefined, 4]);
  shape.bits[0] = 0; // the corner is left out
  const edges = edgesOf(look(shape), VIEW).map((line) => line.join());
  assert.ok(edges.includes("2,0,64,0") && edges.includes("2,0,2,1") && edges.includes("0,1,2,1"), edges.join(" "));
});

test("marks of a mirrored frame lie where what they mark is seen, and a click there finds it", () => {
  const answer = { findings: [box(10, 20, 30, 40)], number: 0, size: [100, 100], input: [64, 64] };
  const drawnOn = (mirrored) => {
    const [xs, words] = [new Set(), []];
    const nothing = () => {};
    const point = (x) => xs.add(x);
    const ctx = {
      ...{ canvas: { width: 200, height: 200 }, save: nothing, restore: nothing, beginPath: nothing, stroke: nothing },
      ...{ moveTo: point, lineTo: point, fillRect: nothing, measureText: () => ({ width: 20 }) },
      fillText: (_, x) => words.push(x),
    };
    drawFound(ctx, answer, mirrored, ({ label }) => label);
    return [[...xs].sort((a, b) => a - b), words[0] >= Math.min(...xs) && words[0] <= Math.max(...xs)];
  };
  assert.deepEqual(drawnOn(false), [[20, 60], true]);
  assert.deepEqual(drawnOn(true), [[140, 180], true]);
  assert.deepEqual([findingAt(answer, false, 0.2, 0.3), findingAt(answer, true, 0.2, 0.3)], [0, null]);
  assert.deepEqual([findingAt(answer, false, 0.8, 0.3), findingAt(answer, true, 0.8, 0.3)], [null, 0]);
  assert.deepEqual(partsOf(answer, 0), [0.1, 0.2, 0.3, 0.4]);
  assert.equal(partsOf({ ...answer, findings: [{ index: 0, mask: {} }] }, 0), null);
});

test("a link names a finding by its number, from 1", () => {
  const { version, request_id, shown, own, ...choice } = message("wish");
  const link = linkOf({ ...choice, listed: true, class: 1 });
  assert.deepEqual([link.class, link.target], ["", "2"]);
  assert.equal(linkOf({ ...choice, listed: true, class: 0 }).target, "");
  assert.equal(linkOf(choice).target, "");
  assert.equal(wishOf("?model=m&target=2").class, 1);
  for (const wrong of ["0", "x", "-1", "1.5"]) {
    assert.equal(wishOf(`?model=m&target=${wrong}`).class, undefined);
    assert.deepEqual(sound(`?target=${wrong}`, {}, 0).ignored, [["target", wrong]]);
  }
  assert.deepEqual(sound("?threshold=7&area=1&boxes=x", { boxes: ["0", "1"] }, 0).ignored.length, 3);
  assert.deepEqual(sound("?threshold=0.5&area=0,1,2&boxes=0&target=3", { boxes: ["0", "1"] }, 0).ignored, []);
});

test("what changes the findings starts at the most confident one", () => {
  const before = { ...state([box(0, 0, 9, 9)]), wanted: { ...EMPTY.wanted, class: 2, area: { of: 0, point: [1, 2] } } };
  for (const changes of [{ model: "other" }, { fit: "pad" }, { detail: 2 }, { photo: { example: "cat" } }]) {
    const { wanted } = wish(before, changes, 1);
    assert.deepEqual([wanted.class, wanted.area], [null, undefined]);
  }
  assert.equal(wish(before, { method: "gradcam" }, 1).wanted.class, 2);
  assert.equal(wish(before, { model: "other", class: 1 }, 1).wanted.class, 1);
  const classes = { ...before, confirmed: { ...before.confirmed, findings: null } };
  assert.equal(wish(classes, { model: "other" }, 1).wanted.class, 2, "a class stays from classifier to classifier");
});

test("another threshold is taken", () => {
  const next = cut({ ...state([box(0, 0, 9, 9), box(0, 0, 9, 9, 0.4)]), wanted: { ...EMPTY.wanted, class: 0 } }, 0.6);
  assert.deepEqual([next.threshold, shownOf(next).length], [0.6, 1]);
});
