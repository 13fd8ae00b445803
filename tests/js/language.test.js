import assert from "node:assert/strict";
import { test } from "node:test";
import { firstSpoken, language, locale, say } from "../../cam/page/static/language.js";
import { said } from "../../cam/page/static/said.js";
import { speaking } from "./tables.js";

const MORE = `
cells = { $count ->
    [one] one cell
   *[other] { $count } cells
}`;

test("what is said has its params in it", () => {
  speaking("en", MORE);
  assert.equal(say("cells", { count: 1 }), "one cell");
  assert.equal(say("cells", { count: 1000 }), "1,000 cells");
  assert.equal(say("method-gradcam-title"), "Grad-CAM");
  assert.equal(say("nothing-like-it"), "nothing-like-it");
});

test("a sentence of the server is said in the page's language", () => {
  const inner = { code: "image-empty", text: "{name} is empty", params: { name: "a.png", choices: ["JPEG", "PNG"] } };
  speaking("zh");
  assert.equal(said(inner), "a.png 是空的（0 字节）：请选择 JPEG、PNG。");
  const outer = {
    code: "new-one",
    text: "Look: {what} at {place}, {count} times.",
    params: { what: inner, place: "x", count: 1000 },
  };
  assert.equal(said(outer), "Look: a.png 是空的（0 字节）：请选择 JPEG、PNG。 at x, 1000 times.");
  speaking("en");
  assert.match(said(outer), /^Look: a\.png is empty \(0 bytes\).*JPEG, PNG.* at x, 1000 times\.$/);
  assert.deepEqual([said("as it is"), said(null), said(undefined)], ["as it is", "", ""]);
});

test("no space stands between two Chinese texts", () => {
  speaking("zh", "joined = { $a } { $b }");
  assert.equal(say("joined", { a: "特征", b: "图" }), "特征图");
  assert.equal(say("joined", { a: "特征", b: "map" }), "特征 map");
  assert.deepEqual([language(), locale()], ["zh", "zh-Hans"]);
});

test("the first language that the page speaks is taken", () => {
  assert.equal(firstSpoken(["zh-CN"]), "zh");
  assert.equal(firstSpoken([null, null, "fr-FR", "zh-Hant-TW", "en"]), "zh");
  assert.equal(firstSpoken(["en", "zh"]), "en");
  assert.equal(firstSpoken(["nonsense", "zh"]), "zh");
  assert.equal(firstSpoken([null, "fr"]), "en");
});
