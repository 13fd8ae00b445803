import assert from "node:assert/strict";
import { test } from "node:test";
import { worded } from "../../cam/page/static/header/gradio.js";
import { speaking } from "./tables.js";

test("the texts of Gradio's panel in Chinese", () => {
  speaking("zh");
  assert.equal(worded("Accepts 10\n\t\tparameter"), "接受 10 个参数");
  assert.equal(worded('The input value that is provided in the "fit" Textbox\n\t\t\t\tcomponent.'), "“fit”的值。");
  assert.equal(worded("s"), "");
  assert.equal(worded("Python"), null);
  speaking("en");
});
