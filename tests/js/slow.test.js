import assert from "node:assert/strict";
import { test } from "node:test";
import { decoded, EMPTY, opened, resumable, secondsLeft, take, wish } from "../../cam/page/static/state.js";
import { TEXT } from "../../cam/page/static/words.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

speaking("en");

/** A slow map that is so far, as an answer. @param {number} request_id @param {number} share @param {object} [more] @returns {any} */
function part(request_id, share, more = {}) {
  const { photo: _, card: __, labels: ___, ...rest } = message("answer");
  return { ...rest, request_id, progress: share, picture: { ...rest.picture, share, seconds: 10 }, ...more };
}

const shown = () => {
  const waiting = opened(EMPTY, /** @type {any} */ ({ answer: message("answer") }));
  return decoded(waiting, /** @type {any} */ (waiting.decoding), /** @type {any} */ ({}));
};

test("the time left is told from the part that is done", () => {
  const asked = wish(shown(), {}, 8);
  assert.equal(secondsLeft(take(asked, part(8, 0.25))), 30);
  assert.ok(Number.isNaN(secondsLeft(take(asked, part(8, 0.004)))), "too small a part says nothing");
  assert.ok(Number.isNaN(secondsLeft(take(asked, part(8, 1)))));
});

test("at first it is told from what the method took before", () => {
  const asked = wish(shown(), {}, 8);
  const early = take(asked, part(8, 0.004, { times: { gradcam: 50 } }));
  assert.ok(Math.abs(secondsLeft(early) - 49.8) < 1e-9);
});

test("a stopped map can go on until something else is chosen", () => {
  const asked = wish(shown(), {}, 8);
  const stopped = take(asked, part(8, 0.25, { progress: 1, resumes: true }));
  assert.equal(resumable(stopped), 0.25);
  assert.equal(resumable(take(asked, part(8, 0.25, { progress: 1 }))), 0);
  assert.equal(resumable(wish(stopped, { method: "rise" }, 9)), 0);
  const going = take(wish(stopped, {}, 9), part(9, 0.5));
  assert.equal(resumable(going), 0);
  assert.equal(resumable(take(going, part(9, 1, { progress: 1 }))), 0);
});

test("a time that is expected has no more digits than are known", () => {
  assert.deepEqual(
    [0.2, 11.6, 119, 125].map((s) => TEXT.takes(s).match(/about (.*) on/)?.[1]),
    ["1 s", "12 s", "119 s", "2 min"],
  );
  assert.equal(TEXT.left("Computing: 12 %", 34.2), "Computing: 12 %, about 34 s left");
});
