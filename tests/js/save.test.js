import assert from "node:assert/strict";
import { test } from "node:test";
import { crc, facts, withText } from "../../cam/page/static/picture/metadata.js";
import { pythonOf } from "../../cam/page/static/picture/python.js";
import { message } from "./messages.js";

/** @param {object} [picture] @param {object} [choice] @returns {any} */
function drawn(picture = {}, choice = {}) {
  const { picture: usual, confirmed, labels } = message("answer");
  const shown = { ...usual, contrast: false, ...picture };
  return {
    confirmed: { picture: shown, choice: { ...confirmed, ...choice }, labels },
    index: 2,
    evidence: "for",
    common: null,
  };
}

test("the check sum of a chunk", () => {
  assert.equal(crc(new TextEncoder().encode("IEND")), 0xae426082); // stands at the end of every PNG
});

test("texts come behind a PNG's header, and the rest stays as it is", () => {
  const png = Uint8Array.from({ length: 60 }, (_, i) => i);
  const found = withText(png, { Model: "tiny", Nothing: "", Class: "2 虎纹猫" });
  assert.deepEqual([...found.subarray(0, 33)], [...png.subarray(0, 33)]);
  assert.deepEqual([...found.subarray(-27)], [...png.subarray(33)]);
  const text = new TextDecoder().decode(found.subarray(33, -27));
  assert.ok(text.startsWith(`\0\0\0${String.fromCharCode(14)}iTXtModel${"\0".repeat(5)}tiny`));
  assert.ok(text.includes(`iTXtClass${"\0".repeat(5)}2 虎纹猫`));
  assert.ok(!text.includes("Nothing"));
});

test("what is written into a picture", () => {
  const found = facts(drawn({ share: 0.124 }, { combine: "smooth", effort: "quarter" }), "cat");
  assert.deepEqual(found, {
    Model: "tiny",
    Layer: "stem",
    Method: "gradcam",
    Class: "2 cat",
    Fit: "squeeze",
    Detail: "1",
    Contrast: "",
    Combination: "smooth",
    Effort: "quarter",
    Evidence: "for",
    Scale: "own",
    Unfinished: "12 %",
  });
  const blind = facts({ ...drawn({ class_blind: true }), common: { peak: 0.5, index: 1, count: 3 } }, "cat");
  assert.deepEqual([blind.Class, blind.Scale], ["", "common, full brightness at 0.5"]);
});

test("the lines of Python", () => {
  const lines = pythonOf(drawn(), "cat", "inferno", 0.75).split("\n");
  assert.deepEqual(lines.slice(2), [
    'model = cam.load_model("tiny")',
    'trace = cam.trace(model, "photo.jpg", "stem", fit="squeeze")',
    "target = 2  # cat",
    'explanation = cam.explain(trace, "gradcam", target)',
    'cam.overlay(explanation, colormap="inferno", opacity=0.75, evidence="for").save("map.png")',
    "",
  ]);
  const others = pythonOf(drawn({ contrast: true }, { combine: "smooth" }), "a\ncat", "jet", 1);
  assert.match(others, /^target = cam\.Contrast\(2, cam\.look_alikes\(trace\.logits, 2\)\) {2}# a cat$/m);
  assert.match(others, /cam\.combine\(trace, "smooth", "gradcam", target\)/);
  assert.match(pythonOf(drawn({ class_blind: true }), "cat", "jet", 1), /^target = None$/m);
});
