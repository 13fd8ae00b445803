import assert from "node:assert/strict";
import { test } from "node:test";
import { bare, own, refusalOf, said } from "../../cam/page/static/said.js";
import { TEXT } from "../../cam/page/static/words.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

speaking("en");

test("a sentence of the server's is filled in: texts, numbers, lists, and sentences in it", () => {
  assert.equal(said(message("loading").message), "Fetching AlexNet: 30 of 120 MB.");
  assert.equal(said(message("refusal").error), "Unknown method 'magic'. Choose one of gradcam, hirescam and others.");
});

test("braces that are no field stay, and what is filled in is not read again", () => {
  const params = { name: "{other}", other: "x" };
  assert.equal(said({ code: "c", text: "{name} is {none} or {}", params }), "{other} is {none} or {}");
  assert.equal(said({ code: "c", text: 'send {"name": 1} or {name}', params: {} }), 'send {"name": 1} or {name}');
});

test("a text is taken as it is, and nothing is said of nothing", () => {
  assert.equal(said("{name} as it is"), "{name} as it is");
  assert.deepEqual([said(""), said(null), said(undefined)], ["", "", ""]);
  assert.equal(said(bare("Something else.")), "Something else.");
});

test("the page's own sentences are said by their place among its words", () => {
  assert.equal(said(own("noAnswer")), TEXT.noAnswer);
  assert.equal(said(own("camera.lost")), "The camera was disconnected.");
  assert.equal(said(own("notFound", "dragon")), "No class is called “dragon”.");
  assert.equal(said(JSON.parse(JSON.stringify(own("tooLarge", 2 ** 25, 2 ** 24)))), TEXT.tooLarge(2 ** 25, 2 ** 24));
});

test("what a refused request says, by its code or as a bare text", () => {
  const { error } = message("refusal");
  assert.equal(refusalOf({ error: "Plain.", said: error }), error);
  assert.deepEqual(refusalOf({ error: "Plain." }), bare("Plain."));
  for (const body of [null, "text", {}, { error: "" }, { error: 3 }, { said: { code: 1 } }])
    assert.equal(refusalOf(body), null);
});
