import assert from "node:assert/strict";
import { test } from "node:test";
import { heading } from "../../cam/page/static/picture/describe.js";
import { fileName } from "../../cam/page/static/picture/look.js";
import { message } from "./messages.js";

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
  const [name, part] = [1, 0.124].map((share) => fileName(drawn({ share })));
  assert.equal(part, `unfinished-12-${name}`);
});
