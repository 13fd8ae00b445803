import assert from "node:assert/strict";
import { test } from "node:test";
import { classAsked, linkOf, lookLink, lookOf, sound, wishOf } from "../../cam/page/static/link.js";
import { duration, percent, quantity, roughPercent, whole } from "../../cam/page/static/numbers.js";
import { TEXT } from "../../cam/page/static/words.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

speaking("en");

test("percentages", () => {
  assert.deepEqual([0, 0.00001, 0.0005, 0.25, 0.9995, 1, NaN].map(percent), [
    "0.00 %",
    "< 0.01 %",
    "0.05 %",
    "25.0 %",
    ">\u202f99.9 %",
    "100.0 %",
    "",
  ]);
  assert.deepEqual([0, 0.001, 0.25, 0.999, 1].map(roughPercent), [
    "0 %",
    "Less than 1 %",
    "25 %",
    "More than 99 %",
    "100 %",
  ]);
});

test("quantities and times", () => {
  assert.deepEqual([0, 0.046, 3.27, 1234, 0.00012, -2.5].map(quantity), [
    "0",
    "0.046",
    "3.3",
    "1,234",
    "1.2 × 10⁻⁴",
    "-2.5",
  ]);
  assert.deepEqual([0, 0.0004, 0.25, 2.04].map(duration), ["", "1 ms", "250 ms", "2.0 s"]);
  assert.equal(whole(1000), "1,000");
});

test("sentences take their parameters", () => {
  assert.equal(TEXT.others(["dog", "cup", "cat"]), "Held against dog, cup and cat.");
  assert.equal(TEXT.saved("a.png", [40, 30], [40, 30]), "Saved as a.png.");
  assert.equal(
    TEXT.saved("a.png", [1600, 1200], [8000, 6000]),
    "Saved as a.png, with 1,600 × 1,200 of the photo’s 8,000 × 6,000 pixels.",
  );
  assert.equal(TEXT.slide(12, "dog"), "12. dog");
  assert.equal(TEXT.missingMethods(1), "1 method does not apply here");
  assert.equal(
    TEXT.tooLarge(21 * 2 ** 20, 20 * 2 ** 20),
    "This file has 21 MB; at most 20 MB can be sent. Make it smaller first.",
  );
});

test("an address says what is shown, and brings it back", () => {
  const { version, request_id, shown, own, ...choice } = message("wish");
  const link = linkOf(choice);
  assert.deepEqual(link, {
    example: "cat",
    model: "tiny",
    layer: "stem",
    method: "gradcam",
    contrast: "1",
    combine: "",
    effort: "",
    fit: "squeeze",
    class: "2",
    target: "",
    area: "",
    detail: "",
  });
  const search = new URLSearchParams(Object.entries(link).filter(([, value]) => value)).toString();
  const { combine: _, effort: __, detail: ___, ...wanted } = choice;
  assert.deepEqual(wishOf(search), wanted);
});

test("an address that names nothing asks for nothing", () => {
  assert.equal(wishOf(""), null);
  assert.equal(wishOf("?__theme=dark"), null);
  assert.deepEqual(wishOf("?class=dog&detail=2"), { detail: 2 });
  assert.deepEqual(wishOf("?model=m", { upload: "/p" }), {
    model: "m",
    layer: "",
    method: "",
    photo: { upload: "/p" },
  });
});

test("an address says how the picture is looked at, and brings it back", () => {
  const usual = { evidence: "for", colours: "turbo", usualColours: "turbo", opacity: 0.75, hide: 0, contours: "" };
  const plain = lookLink({ ...usual, wipe: null, zoom: null });
  assert.deepEqual(Object.values(plain).join(""), "");
  const look = { evidence: "both", colours: "grey", opacity: 0.3, hide: 0.25, contours: "0.25 0.5 0.75", wipe: 0 };
  const link = lookLink({ ...look, usualColours: "turbo", zoom: [2.5, 0.25, 0.75] });
  assert.deepEqual(lookOf(new URLSearchParams(link).toString()), { ...look, zoom: [2.5, 0.25, 0.75] });
  assert.deepEqual(lookOf("?evidence=magic&opacity=7&hide=x&wipe=-1&zoom=99,2,3"), {});
});

test("a class can be asked for by its name", () => {
  assert.deepEqual(["?class=dog", "?class=12", "", "?class=%20"].map(classAsked), ["dog", "", "", ""]);
});

test("the same in Chinese", () => {
  speaking("zh");
  assert.deepEqual([0.872, 0.00001, 0.9995].map(percent), ["87.2%", "< 0.01%", "> 99.9%"]);
  assert.deepEqual([0.001, 0.25, 0.999].map(roughPercent), ["不到 1%", "25%", "超过 99%"]);
  assert.deepEqual([0.25, 2.04].map(duration), ["250 毫秒", "2.0 秒"]);
  assert.equal(TEXT.others(["狗", "杯子", "猫"]), "对比的类别：狗、杯子和猫。");
  assert.equal(TEXT.missingMethods(1), "有 1 种方法在这里不适用");
  assert.equal(TEXT.unfinished(TEXT.evidence.for("狗"), 0.004), "支持“狗”的证据（未完成，不到 1%）");
  assert.equal(TEXT.nothing(false), "图是空的：没有剩下正值。");
  assert.equal(TEXT.sameForAll(TEXT.method.title("attention_rollout")), "注意力展开不考虑类别：每个类别的图都相同。");
  assert.equal(TEXT.sameForAll(TEXT.method.title("eigencam")), "Eigen-CAM 不考虑类别：每个类别的图都相同。");
  assert.equal(TEXT.method.about("random").split("。").length, 4, "three sentences without a space between them");
  assert.ok(!/ /.test(TEXT.method.about("random")));
  speaking("en");
});

test("each text is looked up when it is shown", () => {
  const { start, gradients } = TEXT.groups;
  assert.deepEqual([start, gradients], ["Start here", "By gradients"]);
  assert.deepEqual(Object.keys(TEXT.groups), ["start", "gradients", "slow", "baselines"]);
  speaking("zh");
  assert.equal(TEXT.groups.start, "从这里开始");
  assert.equal(TEXT.camera.lost, "摄像头已断开。");
  speaking("en");
});

test("what a link names and does not exist is left out, part by part", () => {
  const known = { model: ["tiny"], method: ["gradcam"], detail: ["1", "1.5"] };
  const search = "?model=resnet9000&method=gradcam&layer=features.99&detail=1,5&opacity=7&zoom=2,0.5,0.5&class=3&hide=";
  const { search: left, ignored } = sound(search, known, 3);
  assert.deepEqual(ignored, [
    ["model", "resnet9000"],
    ["detail", "1,5"],
    ["opacity", "7"],
    ["class", "3"],
  ]);
  const rest = { method: "gradcam", layer: "features.99", zoom: "2,0.5,0.5", hide: "" };
  assert.deepEqual(Object.fromEntries(new URLSearchParams(left)), rest, "a layer is the server's to know");
  assert.deepEqual(sound("?class=2&class=dog", known, 3).ignored, []);
  assert.deepEqual(sound("?class=999", known, 0).ignored, [], "of another model's classes nothing is known");
  assert.equal(
    TEXT.leftOut([
      ["model", "resnet9000"],
      ["hide", "x"],
    ]),
    "Left out of this link, because it does not exist here: model “resnet9000”, threshold “x”.",
  );
  assert.ok(TEXT.takenBack(["method", "photo"]).includes("taken back (method, photo)"));
});
