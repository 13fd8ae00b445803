import assert from "node:assert/strict";
import { test } from "node:test";
import { bare, said } from "../../cam/page/static/said.js";
import {
  chosen,
  cutOff,
  decoded,
  drawnClass,
  EMPTY,
  hasMap,
  lost,
  opened,
  opening,
  phase,
  seenEvidence,
  stayed,
  take,
  waited,
  wantedClass,
  wish,
} from "../../cam/page/static/state.js";
import { makeStore } from "../../cam/page/static/store.js";
import { message } from "./messages.js";
import { speaking } from "./tables.js";

speaking("en");

/** @import { Answer } from "../../cam/page/static/protocol.js" */
/** @import { State } from "../../cam/page/static/state.js" */

const IMAGE = /** @type {any} */ ({ pixels: true });
const REQUEST = 7;

/** @param {Partial<Answer>} [changes] @returns {Answer} */
const answer = (changes) => ({ ...message("answer"), ...changes });

/** @param {State} state */
const withPixels = (state) => (state.decoding ? decoded(state, state.decoding, IMAGE) : state);

/** A page that shows the example's picture. */
const shown = () => withPixels(opened(EMPTY, /** @type {any} */ ({ answer: answer() })));

/** The picture of a later action: the photo is here already. @param {number} request_id @param {object} picture @param {object} confirmed @returns {Answer} */
function later(request_id, picture, confirmed) {
  const { photo: _, card: __, labels: ___, ...rest } = message("answer");
  return {
    ...rest,
    request_id,
    picture: { ...rest.picture, ...picture },
    confirmed: { ...rest.confirmed, ...confirmed },
  };
}

test("a picture is confirmed once its photo is here", () => {
  const waiting = opened(EMPTY, /** @type {any} */ ({ answer: answer() }));
  assert.equal(waiting.confirmed, null);
  assert.equal(phase(waiting), "empty");
  assert.equal(waiting.decoding?.id, "example-cat");
  const state = withPixels(waiting);
  assert.equal(state.confirmed?.picture.class, 2);
  assert.equal(state.confirmed?.photo.image, IMAGE);
  assert.deepEqual(
    [phase(state), wantedClass(state), drawnClass(state), state.confirmed?.request_id],
    ["ready", 2, 2, REQUEST],
  );
});

test("a wish is pending until its picture comes", () => {
  const asked = wish(shown(), { layer: "bn" }, 8);
  assert.deepEqual([asked.pending?.request_id, asked.wanted.layer, asked.confirmed?.choice.layer], [8, "bn", "stem"]);
  const state = take(asked, later(8, { key: "k" }, { layer: "bn" }));
  assert.deepEqual([state.pending, state.confirmed?.choice.layer, state.wanted.layer], [null, "bn", "bn"]);
});

test("an older answer that comes late is dropped", () => {
  const state = take(wish(shown(), { layer: "bn" }, 9), later(9, { key: "nine" }, { layer: "bn" }));
  assert.equal(take(state, later(8, { key: "eight" }, { layer: "late" })), state);
});

test("an answer to an action before the last one is shown and leaves the wish", () => {
  const two = wish(wish(shown(), { layer: "one" }, 8), { layer: "two" }, 9);
  const state = take(two, later(8, { key: "eight" }, { layer: "one" }));
  assert.deepEqual([state.confirmed?.choice.layer, state.wanted.layer, state.pending?.request_id], ["one", "two", 9]);
});

test("a refusal takes the controls back and keeps the picture", () => {
  const asked = wish(shown(), { method: "magic" }, 8);
  const state = take(asked, { ...message("refusal"), request_id: 8 });
  assert.deepEqual(
    [state.wanted.method, state.message, state.note, state.pending],
    ["gradcam", message("refusal").error, null, null],
  );
  assert.equal(state.confirmed?.picture, asked.confirmed?.picture);
  const photo = take(asked, { ...message("refusal"), request_id: 8, about: "photo" });
  assert.deepEqual([photo.note, photo.echo], [message("refusal").error, true]);
  const overtaken = take(wish(asked, { layer: "x" }, 9), { ...message("refusal"), request_id: 8 });
  assert.deepEqual([overtaken.message, overtaken.wanted.layer], [null, "x"]);
});

test("progress is told and keeps the picture", () => {
  const state = take(wish(shown(), { model: "alexnet" }, 8), { ...message("loading"), request_id: 8 });
  assert.deepEqual([state.progress, state.message, state.pending?.request_id], [0.25, message("loading").message, 8]);
  assert.equal(phase(state), "ready");
});

test("a class whose map is here is on show at once, another when it comes", () => {
  const state = take(shown(), message("parts"));
  assert.deepEqual(
    [0, 1, 2].map((index) => hasMap(state, index)),
    [true, false, true],
  );
  const local = chosen(state, 0);
  assert.deepEqual([wantedClass(local), drawnClass(local), phase(local)], [0, 0, "ready"]);
  const remote = chosen(local, 1);
  assert.deepEqual([wantedClass(remote), drawnClass(remote), phase(remote)], [1, 0, "computing"]);
  const asked = wish(remote, { class: 1 }, 8);
  assert.equal(asked.pending?.onlyClass, true);
  const there = take(asked, later(8, { class: 1 }, { class: 1 }));
  assert.deepEqual([wantedClass(there), drawnClass(there), there.pending], [1, 1, null]);
  const failed = take(asked, { ...message("refusal"), request_id: 8 });
  assert.deepEqual([wantedClass(failed), drawnClass(failed)], [0, 0]);
});

test("a class that was chosen while a picture was on its way stays wanted", () => {
  const asked = chosen(wish(take(shown(), message("parts")), { layer: "bn" }, 8), 0);
  const state = take(asked, later(8, { key: "other" }, { layer: "bn" }));
  assert.deepEqual([state.wanted.class, drawnClass(state), phase(state)], [0, 2, "computing"]);
});

test("maps of another picture are not drawn", () => {
  const state = take(take(shown(), message("parts")), later(8, { key: "other" }, {}));
  assert.equal(hasMap(state, 0), false);
});

test("a new photo starts at its own top class", () => {
  const asked = wish(chosen(take(shown(), message("parts")), 0), { photo: { upload: "/p" } }, 8);
  assert.equal(asked.wanted.class, null);
  assert.equal(opening(asked), true);
  assert.equal(opening(wish(shown(), { photo: { example: "dog" } }, 8)), false);
  const photo = { ...message("answer").photo, id: "mine", url: "", origin: { upload: "/p" } };
  const reply = { ...later(8, { photo_id: "mine", class: 1 }, { photo: { upload: "/p" }, class: null }), photo };
  const waiting = take(asked, reply);
  assert.equal(waiting.confirmed?.picture.photo_id, "example-cat");
  assert.equal(waiting.decoding?.id, "mine");
  const state = withPixels(waiting);
  assert.deepEqual([wantedClass(state), state.confirmed?.photo.id, opening(state)], [1, "mine", false]);
  const without = lost(waiting);
  assert.deepEqual([without.confirmed?.shown.photo, without.arriving, without.decoding], ["", null, null]);
});

test("the same pixels with another view need no decoding", () => {
  const photo = {
    ...message("answer").photo,
    url: "",
    view: { source: [10, 0, 300, 300], content: [0, 0, 32, 32], input: [32, 32] },
  };
  const state = take(wish(shown(), { fit: "crop" }, 8), { ...later(8, {}, { fit: "crop" }), photo });
  assert.equal(state.decoding, null);
  assert.deepEqual(state.confirmed?.photo.view.source, [10, 0, 300, 300]);
  assert.equal(state.confirmed?.photo.image, IMAGE);
});

test("an unfinished picture improves until it is stopped or done", () => {
  const asked = wish(shown(), { method: "rise" }, 8);
  const state = take(asked, { ...later(8, { share: 0.5 }, { method: "rise" }), progress: 0.5 });
  assert.equal(phase(state), "improving");
  const stopped = take(state, { ...later(8, { share: 0.5 }, {}), progress: 1, message: bare("Stopped.") });
  assert.deepEqual([phase(stopped), stopped.message], ["ready", bare("Stopped.")]);
});

test("without a connection the controls go back", () => {
  const state = stayed(wish(shown(), { layer: "bn" }, 8), bare("Gone."));
  assert.deepEqual([state.wanted.layer, state.note, state.pending], ["stem", bare("Gone."), null]);
});

test("a choice that did not reach the server is taken back, and that is said once", () => {
  const before = shown();
  const back = (/** @type {string[]} */ names) => bare(`Taken back: ${names.join()}.`);
  const cut = (/** @type {State} */ state) => cutOff(state, bare("Away."), back);
  const layer = cut(wish(before, { layer: "bn" }, 8));
  assert.deepEqual(
    [layer.wanted.layer, layer.message, layer.note, layer.echo],
    ["stem", bare("Taken back: layer."), bare("Taken back: layer."), true],
  );
  assert.deepEqual(cut(layer).note, bare("Taken back: layer."), "the server is still away");
  assert.deepEqual(cut(wish(layer, { method: "rise", fit: "pad" }, 9)).message, bare("Taken back: method,fit."));
  const remote = cut(wish(chosen(before, 1), { class: 1 }, 8));
  assert.deepEqual([wantedClass(remote), remote.message], [2, bare("Taken back: class.")]);
  const local = chosen(take(before, message("parts")), 0); // its map is here: nothing is lost
  assert.deepEqual(cut(wish(local, { class: 0 }, 8)).message, bare("Away."));
  assert.equal(wantedClass(cut(wish(local, { class: 0 }, 8))), 0);
});

test("what takes long says so until it is answered or refused", () => {
  const asked = wish(shown(), { effort: "fast" }, 8);
  const told = waited(asked, bare("Computing."));
  assert.deepEqual(told.message, bare("Computing."));
  assert.equal(take(told, later(8, { key: "k" }, { effort: "fast" })).message, null);
  assert.equal(stayed(told, bare("No.")).message, null);
  const there = take(asked, later(8, { key: "k" }, { effort: "fast" }));
  assert.equal(waited(there, bare("Computing.")), there);
  const loading = take(asked, { ...message("loading"), request_id: 8 });
  assert.equal(waited(loading, bare("Computing.")), loading, "a sentence of the server stays");
});

test("a map without a sign shows what speaks for", () => {
  const both = { ...shown(), evidence: /** @type {const} */ ("both") };
  assert.equal(seenEvidence(both), "both");
  assert.equal(seenEvidence(take(both, later(8, { signed: false }, {}))), "for");
});

test("a watcher that throws keeps nobody from being told, now or later", () => {
  /** @type {unknown[]} */
  const thrown = [];
  const store = makeStore((error) => thrown.push(error));
  /** @type {string[]} */
  const told = [];
  store.subscribe(({ message: text }) => {
    if (text?.text === "one") throw new Error("broken");
  });
  store.subscribe(({ message: text }) => told.push(said(text)));
  store.set({ message: bare("one") });
  store.set({ message: bare("two") });
  assert.deepEqual(told, ["", "one", "two"]);
  assert.deepEqual(thrown.map(String), ["Error: broken"]);
});

test("watchers are told of each change in turn, also of those that a watcher makes", () => {
  const store = makeStore();
  /** @type {string[]} */
  const told = [];
  store.subscribe(({ message: text }) => text?.text === "one" && store.set({ message: bare("two") }));
  store.subscribe(({ message: text }, before) => told.push(`${said(before.message)}>${said(text)}`));
  store.set({ message: bare("one") });
  assert.deepEqual(told, [">", ">one", "one>two"]);
});

test("what less work would bring is unknown until it is said of this model and method", () => {
  const efforts = { bfloat16: "no faster" };
  const known = take(wish(shown(), { method: "rise" }, 8), { ...later(8, { key: "k" }, { method: "rise" }), efforts });
  assert.deepEqual(known.confirmed?.efforts, efforts);
  const same = take(wish(known, { layer: "bn" }, 9), later(9, { key: "l" }, { method: "rise", layer: "bn" }));
  assert.deepEqual(same.confirmed?.efforts, efforts);
  const other = take(wish(same, { method: "scorecam" }, 10), later(10, { key: "m" }, { method: "scorecam" }));
  assert.equal(other.confirmed?.efforts, null);
  assert.deepEqual(
    take(other, { ...answer({ request_id: 10 }), picture: undefined, efforts }).confirmed?.efforts,
    efforts,
  );
});
