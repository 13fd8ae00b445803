import assert from "node:assert/strict";
import { test } from "node:test";
import { nameAmong, nameOf } from "../../cam/page/static/predictions/classes.js";
import { matches, meant, namesOf, score, simple } from "../../cam/page/static/predictions/matching.js";
import { decoded, EMPTY, opened } from "../../cam/page/static/state.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

speaking("en");

const LABELS = ["frying pan", "giant panda", "lesser panda", "Cardigan", "cardigan", "ear", "corn", "Café", "hotdog"];
const OTHERS = {
  zh: ["平底煎锅", "大熊猫", "小熊猫", "卡迪根威尔士柯基犬", "针织开衫", "玉米穗", "玉米", "咖啡馆", "热狗"],
  others: [
    ["frypan", "skillet"],
    ["panda", "panda bear"],
    ["red panda", "panda"],
    [],
    [],
    ["spike"],
    [],
    ["coffee bar"],
    ["red hot"],
  ],
};

/** The places of the classes that are offered; `shares` by place, the others share what is left. @param {string} typed @param {Record<number, number>} shares @param {string[]} shown */
function offered(typed, shares = {}, shown = LABELS, others = /** @type {typeof OTHERS | null} */ (OTHERS)) {
  const share = (/** @type {number} */ index) => shares[index] ?? 0.0002 - index / 1e6;
  const order = LABELS.map((_, index) => index).sort((a, b) => share(b) - share(a));
  return matches(namesOf(shown, LABELS, others), typed, (index) => order.indexOf(index) + 1, share);
}

const places = (/** @type {Parameters<typeof offered>} */ ...given) => offered(...given).map(({ index }) => index);

test("a name is found whole, by words, by beginnings, anywhere, and by all its words", () => {
  const found = ["giant panda", "panda", "gia", "iant", "panda giant", "dog"].map((query) =>
    score("giant panda", query),
  );
  assert.deepEqual(found, [0, 1, 2, 3, 4, -1]);
  assert.equal(score("big cat, catfish", "cat"), 1);
});

test("Chinese is written without spaces: any part of a name is a word", () => {
  assert.deepEqual(
    ["大熊猫", "熊猫", "大", "狗"].map((query) => score("大熊猫", query)),
    [0, 1, 1, -1],
  );
  assert.equal(score("cd播放机", "cd"), 1);
});

test("case, accents and wide letters do not matter", () => {
  assert.deepEqual(["Café ", "ＰＡＮ", "Ñandú"].map(simple), ["cafe", "pan", "nandu"]);
  assert.deepEqual(places("cafe"), [7]);
});

test("what the picture probably shows comes before a better match of what it does not", () => {
  assert.deepEqual(places("pan", { 1: 0.89 }), [1, 0, 2]);
  assert.deepEqual(places("pan", { 1: 0.009 }), [0, 1, 2], "unlikely: as well as it fits");
  assert.deepEqual(places("pan", { 2: 0.3, 1: 0.5 }).slice(0, 2), [1, 2], "the more probable one first");
});

test("a name that is typed in full comes first, whatever the picture shows", () => {
  LABELS.forEach((label, index) => {
    const others = Object.fromEntries(LABELS.map((_, at) => [at, at === index ? 0 : 0.1]));
    assert.equal(places(label, others)[0], index, label);
    assert.equal(places(OTHERS.zh[index], others)[0], index, OTHERS.zh[index]);
  });
  assert.deepEqual(places("panda", { 2: 0.9 }), [2, 1], "a name of several: the more probable first");
  assert.deepEqual(places("CARDIGAN", { 4: 0.9 })[0], 4);
  assert.deepEqual(places("ear", { 7: 0.9 })[0], 5);
});

test("a class that is found by another name says by which", () => {
  const via = (/** @type {Parameters<typeof offered>} */ ...given) => offered(...given).map(({ via }) => via);
  assert.deepEqual(via("skillet"), ["skillet"]);
  assert.deepEqual(via("frying"), [""]);
  assert.deepEqual(via("小熊猫"), ["小熊猫"]);
  assert.deepEqual(via("小熊猫", {}, OTHERS.zh), [""]);
  assert.deepEqual(via("giant", {}, OTHERS.zh), ["giant panda"]);
  assert.deepEqual(via("giant panda"), [""], "the shown name comes first among its equals");
});

test("nothing typed lists all, the most probable first; other classes have their labels alone", () => {
  assert.deepEqual(places("", { 6: 0.5 }).slice(0, 2), [6, 0]);
  assert.deepEqual(places(" ").length, LABELS.length);
  assert.deepEqual(places("red panda", {}, LABELS, null), []);
  assert.deepEqual(places("panda", {}, LABELS, null), [1, 2]);
});

test("a link's name means a class by its whole name or whole words", () => {
  const named = (/** @type {string} */ name) => meant(offered(name, { 2: 0.2 }));
  assert.deepEqual(["dog", "pan", "panda", "熊猫", "红"].map(named), [-1, 0, 2, 2, -1]);
});

test("a class is called by its name in the page's language, if the classes are those", () => {
  const waiting = opened(EMPTY, /** @type {any} */ ({ answer: message("answer") }));
  const state = decoded(waiting, /** @type {any} */ (waiting.decoding), /** @type {any} */ ({}));
  const { labels } = message("answer");
  const names = { id: String(message("answer").shown.labels), zh: ["一", "二", "三"], others: [[], [], []] };
  const called = (/** @type {object} */ changes) => nameOf({ ...state, ...changes }, 2);
  assert.equal(called({ names }), labels[2]);
  assert.equal(called({ language: "zh" }), labels[2], "until they are here");
  assert.equal(called({ language: "zh", names }), "三");
  assert.equal(called({ language: "zh", names: { ...names, id: "other" } }), labels[2]);
  assert.equal(nameOf({ ...state, names, language: "zh" }, 99), "class 99");
  const live = (/** @type {string} */ classes) => nameAmong({ ...state, names, language: "zh" }, classes, 1, "label");
  assert.deepEqual([live(names.id), live("other")], ["二", "label"]);
});
