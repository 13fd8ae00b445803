import assert from "node:assert/strict";
import { test } from "node:test";
import { aloud, heading, honesty, third, wordsOfOne } from "../../cam/page/static/picture/describe.js";
import { fileName } from "../../cam/page/static/picture/save.js";
import { decoded, EMPTY, opened } from "../../cam/page/static/state.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

speaking("en");

/** @import { Picture } from "../../cam/page/static/protocol.js" */

/** What is drawn of a picture that differs by some facts. @param {Partial<Picture>} changes @returns {any} */
const drawn = (changes) => {
  const { picture, labels } = message("answer");
  return { confirmed: { picture: { ...picture, contrast: false, ...changes }, labels }, index: 0, evidence: "for" };
};

test("a map that is not finished says so in its title and in its file's name", () => {
  const title = (/** @type {number} */ share) => heading(drawn({ share }).confirmed, "dog", "for");
  assert.deepEqual([1, 0.124, 0.004].map(title), [
    "Evidence for “dog”",
    "Evidence for “dog” (unfinished, 12 %)",
    "Evidence for “dog” (unfinished, less than 1 %)",
  ]);
  const [name, part] = [1, 0.124].map((share) => fileName(drawn({ share }), "dog"));
  assert.equal(part, `unfinished-12-${name}`);
});

test("what is said is true of what is shown", () => {
  const says = (/** @type {object} */ changes) => {
    const { picture } = drawn(changes).confirmed;
    return [heading({ picture }, "dog", "for"), honesty(picture)];
  };
  const at = message("answer").picture.at;
  const [layer] = says({ class_blind: true, at: { ...at, method: "eigencam" } });
  assert.equal(layer, "Where the layer responds most");
  const [random, why] = says({ class_blind: true, at: { ...at, method: "random" } });
  assert.deepEqual([random, why.includes("no evidence")], ["Channels weighed by chance", true]);
  const [flow] = says({ class_blind: true, layer_blind: true, at: { ...at, method: "attention_rollout" } });
  assert.equal(flow, "Where attention flows");
  for (const changes of [
    { layer_blind: true },
    { layer_blind: true, class_blind: true, at: { ...at, method: "attention_rollout" } },
  ])
    assert.ok(!says(changes).join().includes("layer"), "a method without a layer speaks of none");
  assert.ok(says({})[1].includes("at this layer"));
});

test("an empty map of a method without a layer speaks of none", () => {
  const heat = { flat: false, empty: true };
  const words = (/** @type {boolean} */ layer_blind) =>
    wordsOfOne({ ...drawn({ layer_blind }), heat, negative: 0, facts: null })[0];
  assert.deepEqual([false, true].map(words), [
    "The map is empty: nothing positive remains at this layer.",
    "The map is empty: nothing positive remains.",
  ]);
});

test("the middle is a third", () => {
  assert.deepEqual([0.32, 0.36, 0.5, 0.64, 0.68].map(third), [0, 1, 1, 1, 2]);
});

test("a screen reader is told what is on show, and how far it is in quarters", () => {
  const waiting = opened(EMPTY, /** @type {any} */ ({ answer: message("answer") }));
  const state = decoded(waiting, /** @type {any} */ (waiting.decoding), /** @type {any} */ ({}));
  assert.equal(aloud(state, "Evidence for “dog”", "25 %", ""), "Evidence for “dog”. 25 %");
  assert.equal(aloud(state, "Evidence for “dog”", "25 %", "Evidence for “dog”. 25 %"), "");
  assert.equal(aloud({ ...state, progress: 0.3 }, "a", "b", ""), "Computing: 25 %");
  assert.equal(aloud({ ...state, progress: 0.4 }, "a", "b", "Computing: 25 %"), "");
});
