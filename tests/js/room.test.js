import assert from "node:assert/strict";
import { test } from "node:test";
import { hasWords } from "../../cam/page/static/language.js";
import { sound } from "../../cam/page/static/link.js";
import { reachOf, reference } from "../../cam/page/static/picture/scale.js";
import { wholeAddress } from "../../cam/page/static/room/embed.js";
import { actionOf, KEYS, TABS } from "../../cam/page/static/room/keys.js";
import { besideLink, choiceOf, localSecond, wantedOf } from "../../cam/page/static/room/second.js";
import { EMPTY, opened } from "../../cam/page/static/state.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

/** @import { Opening } from "../../cam/page/static/protocol.js" */

test("a key means one thing at a place, and nothing with Ctrl", () => {
  for (const [place, actions] of Object.entries(KEYS)) {
    const keys = Object.values(actions).flat();
    assert.equal(new Set(keys).size, keys.length, place);
  }
  const pressed = (/** @type {string} */ key, more = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    ...more,
  });
  const everywhere = new Set(
    ["page", "findings"].flatMap((place) => Object.values(KEYS[/** @type {"page"} */ (place)]).flat()),
  );
  assert.equal(everywhere.size, 5, "what is listened to on the whole page means one thing");
  assert.equal(actionOf("picture", pressed("=")), "zoomIn");
  assert.equal(actionOf("wipe", pressed("ArrowDown")), "before");
  assert.equal(actionOf("layers", pressed(" ")), "choose");
  assert.equal(actionOf("cells", pressed("Home")), null);
  for (const name of ["ctrlKey", "metaKey", "altKey"])
    assert.equal(actionOf("page", pressed("p", { [name]: true })), null);
});

test("every key is in the list of a tab, with words in both languages", () => {
  assert.deepEqual(new Set(Object.values(TABS).flat()), new Set(Object.keys(KEYS)));
  for (const language of /** @type {const} */ (["en", "zh"])) {
    speaking(language);
    for (const [place, actions] of Object.entries(KEYS)) {
      assert.ok(place === "page" || hasWords(`page-room-place-${place}`), place);
      for (const action of Object.keys(actions))
        assert.ok(hasWords(`page-room-do-${place}-${action}`), `${place} ${action}`);
    }
  }
  speaking("en");
});

test("an address names the second picture", () => {
  assert.deepEqual(wantedOf("class:285"), { kind: "class", value: "285" });
  assert.deepEqual(wantedOf("layer:a:b"), { kind: "layer", value: "a:b" });
  for (const text of [null, "", "class", "class:", "house:3"]) assert.equal(wantedOf(text), null, String(text));
  assert.equal(besideLink(wantedOf("method:layercam")), "method:layercam");
  assert.equal(besideLink(null), "");
});

test("what cannot stand beside is left out of an address, and named", () => {
  const known = { method: ["layercam"], example: ["cat"], present: ["1"], embed: ["1"] };
  const left = (/** @type {string} */ search) =>
    sound(search, known, 10).ignored.map(([name, value]) => `${name}=${value}`);
  for (const fine of ["class:9", "method:layercam", "photo:cat", "layer:any.thing"])
    assert.deepEqual(left(`beside=${fine}`), []);
  for (const wrong of ["class:10", "class:cat", "method:nonsense", "photo:dog", "layer:", "model:x", "all"])
    assert.deepEqual(left(`beside=${wrong}`), [`beside=${wrong}`]);
  assert.deepEqual(left("present=yes&embed=2"), ["present=yes", "embed=2"]);
});

const state = opened(EMPTY, /** @type {Opening} */ (/** @type {unknown} */ ({ answer: message("answer") })));

test("the second choice differs from the first in one thing", () => {
  const choice = message("answer").confirmed;
  const confirmed = /** @type {any} */ ({ choice });
  const other = (/** @type {string} */ text) => {
    const found = choiceOf(confirmed, 3, /** @type {any} */ (wantedOf(text)));
    return Object.keys(found).filter(
      (name) => JSON.stringify(found[/** @type {"model"} */ (name)]) !== JSON.stringify({ ...choice, class: 3 }[name]),
    );
  };
  assert.deepEqual(other("class:4"), ["class"]);
  assert.deepEqual(other("method:layercam"), ["method"]);
  assert.deepEqual(other("layer:somewhere"), ["layer"]);
  assert.deepEqual(other("photo:another"), ["photo"]);
  assert.equal(localSecond(state, { kind: "method", value: "layercam" }), null);
});

test("two maps on a common scale end at the larger maximum", () => {
  const raw = Float32Array.from([-3, 0, 2]);
  assert.deepEqual([reachOf(raw, "for"), reachOf(raw, "against"), reachOf(raw, "both")], [2, 3, 3]);
  const with_ = (/** @type {number | null} */ pair) => reference({ confirmed: null, pair }, "for", raw);
  assert.equal(with_(null), null);
  assert.deepEqual(with_(1.5), { peak: 2, index: -1, count: 2 });
  assert.deepEqual(with_(2.5), { peak: 2.5, index: -1, count: 2 });
  assert.equal(reference({ confirmed: null, pair: 0 }, "for", Float32Array.from([-1])), null);
});

test("the link in a frame opens the same state without the frame", () => {
  assert.equal(
    wholeAddress("https://a.example/cam/?embed=1&class=3&lang=zh"),
    "https://a.example/cam/?class=3&lang=zh",
  );
});
