import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeClasses,
  decodeMap,
  decodeRanking,
  localMap,
  negativeShare,
  rivalsAt,
  VERSION,
} from "../../cam/page/static/protocol.js";
import { message } from "./messages.js";

test("the messages are of this version", () => {
  for (const name of ["wish", "cover-wish", "answer", "parts", "refusal", "loading"])
    assert.equal(message(name).version, VERSION);
});

test("a map is read as it was sent", () => {
  assert.deepEqual([...decodeMap(message("answer").picture.map)], [0.5, -1, 0, 2]);
});

test("the ranking knows order, ranks and probabilities", () => {
  const ranked = decodeRanking(message("answer").ranking);
  assert.deepEqual([...(ranked?.order ?? [])], [2, 0, 1]);
  assert.deepEqual([...(ranked?.rankOf ?? [])], [2, 3, 1]);
  assert.deepEqual([...(ranked?.probabilities ?? [])], [0.25, 0.125, 0.625]);
  assert.equal(decodeRanking(null), null);
});

test("maps of classes are in steps of their own, with the classes that each is held against", () => {
  const maps = decodeClasses(message("parts").classes);
  assert.ok(maps);
  assert.deepEqual(
    [...maps.positionOf],
    [
      [2, 0],
      [0, 1],
    ],
  );
  const [first, second] = [0, 1].map((position) => [...localMap(maps, position, 2, 2)]);
  for (const [i, value] of first.entries()) assert.ok(Math.abs(value - [0.5, -1, 0, 2][i]) < 1e-6);
  assert.deepEqual(second, [0.5, 1, 1.5, 2]);
  assert.deepEqual(
    [rivalsAt(maps, 0), rivalsAt(maps, 1)],
    [
      [0, 1],
      [2, 1],
    ],
  );
  const plain = decodeClasses({ ...message("parts").classes, rivals: "" });
  assert.deepEqual(plain && rivalsAt(plain, 1), []);
});

test("the same source is decoded once", () => {
  const { classes } = message("parts");
  assert.equal(decodeClasses(classes), decodeClasses(classes));
});

test("the negative share of a raw map", () => {
  assert.equal(negativeShare(Float32Array.of(3, -1, 0)), 0.25);
  assert.equal(negativeShare(Float32Array.of(0)), 0);
});
