import assert from "node:assert/strict";
import { test } from "node:test";
import { bare, own, plainly, refusalOf } from "../../cam/page/static/said.js";
import { TEXT } from "../../cam/page/static/words.js";
import { message } from "./messages.js";

test("a sentence of the server's is filled in: texts, numbers, lists, and sentences in it", () => {
  assert.equal(plainly(message("loading").message), "Fetching AlexNet: 30 of 120 MB.");
  assert.equal(
    plainly(message("refusal").error),
    "Unknown method 'magic'. Choose one of gradcam, hirescam and others.",
  );
});

test("braces that are no field stay, and what is filled in is not read again", () => {
  const params = { name: "{other}", other: "x" };
  assert.equal(plainly({ code: "c", text: "{name} is {none} or {}", params }), "{other} is {none} or {}");
  assert.equal(plainly({ code: "c", text: 'send {"name": 1} or {name}', params: {} }), 'send {"name": 1} or {name}');
});

test("a text is taken as it is, and nothing is said of nothing", () => {
  assert.equal(plainly("{name} as it is"), "{name} as it is");
  assert.deepEqual([plainly(""), plainly(null), plainly(undefined)], ["", "", ""]);
  assert.equal(plainly(bare("Something else.")), "Something else.");
});

test("the page's own sentences are said by their place among its words", () => {
  assert.equal(plainly(own("noAnswer")), TEXT.noAnswer);
  assert.equal(plainly(own("camera.lost")), "The camera was disconnected.");
  assert.equal(plainly(own("notFound", "dragon")), "No class is called “dragon”.");
  assert.equal(plainly(JSON.parse(JSON.stringify(own("tooLarge", 2 ** 25, 2 ** 24)))), TEXT.tooLarge(2 ** 25, 2 ** 24));
});

test("what a refused request says, by its code or as a bare text", () => {
  const { error } = message("refusal");
  assert.equal(refusalOf({ error: "Plain.", said: error }), error);
  assert.deepEqual(refusalOf({ error: "Plain." }), bare("Plain."));
  for (const body of [null, "text", {}, { error: "" }, { error: 3 }, { said: { code: 1 } }])
    assert.equal(refusalOf(body), null);
});
