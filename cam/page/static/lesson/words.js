// What the lesson says: titles, one plain sentence for each step, what to try and what to ask. The sentences are in `locales`;
// what to try and to ask is said for all steps of a kind where a step has no sentences of its own.

import { say, together } from "../language.js";
import { fixed, percent, quantity, whole } from "../numbers.js";
import { isSigned } from "./paint.js";
import { cutOf, isEven, kindOf, rangeOf } from "./story.js";

/** @import { Scene } from "./scene.js" */
/** @import { Step } from "./story.js" */

/** @param {string} name */
export const titleOf = (name) => say(`step-${name}`, {}, name);

/** @param {number} v @param {number} digits */
const signed = (v, digits) => {
  const text = fixed(Math.abs(v), digits);
  return (v < 0 && Number(Math.abs(v).toFixed(digits)) > 0 ? "−" : "+") + text;
};

/**
 * How numbers up to a size are written: with so many digits, in units of a power of ten.
 * @param {number} size @param {number} [digits] that count
 */
export function scaleOf(size, digits = 4) {
  const order = size > 0 ? Math.floor(Math.log10(size)) : 0;
  const power = order < -2 || order > Math.max(3, digits) ? 3 * Math.floor(order / 3) : 0;
  const behind = Math.min(8, Math.max(0, digits - 1 - (order - power)));
  const unit = 10 ** power;
  const high = [...String(power)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
  return {
    unit: power ? `10${high}` : "",
    digits: behind,
    /** The number as it is printed, in steps of the last digit. @param {number} v */
    steps: (v) => Math.round((v / unit) * 10 ** behind),
    /** @param {number} steps */
    ofSteps: (steps) => signed(steps / 10 ** behind, behind),
    /** @param {number} v */
    write: (v) => signed(v / unit, behind),
    /** @param {number} v */
    bare: (v) => fixed(v / unit, behind).replace("-", "−"),
    /** The number by itself, with its unit. @param {number} v */
    whole: (v) => `${fixed(v / unit, behind).replace("-", "−")}${power ? ` × 10${high}` : ""}`,
  };
}

/** @param {number} v */
export const figure = (v) => (v < 0 ? "−" : "") + quantity(Math.abs(v));

/** @param {number[]} shape */
export const shapeOf = (shape) => shape.map(whole).join("\u202f×\u202f");

/** The heading of the tab. @param {Scene} scene @param {string} method */
export const heading = ({ blind, label }, method) =>
  blind ? say("page-lesson-title-blind", { method }) : say("page-lesson-title", { method, name: label });

/** The score that is explained. @param {Step} step @param {number} digits */
export const scoreOf = ({ value }, digits) => scaleOf(Math.abs(value ?? 0), digits).whole(value ?? 0);

/** What stands under a miniature. @param {Step} step @param {Scene} scene */
export function caption(step, scene) {
  const { shape, data } = step;
  const { h, w, H, W } = scene.heat;
  if (step.name === "scores") return `y = ${scoreOf(step, 3)}`;
  const raw = wholeOf(scene);
  if (step.name === "relu" && raw) {
    const { share, places } = cutOf(raw);
    return say("page-lesson-cut", { share: percent(share), places });
  }
  if (step.name === "enlarge") return `${shapeOf([h, w])} → ${shapeOf([W, H])}`;
  if (step.name === "overlay") return `${shapeOf([W, H])} → ${shapeOf([shape[1], shape[0]])}`;
  if (step.axes[0] === "channel" && shape.length === 3)
    return say("page-lesson-maps-of", { count: shape[0], grid: shapeOf(shape.slice(1)) });
  if (!shape.length) return data ? figure(data[0]) : "";
  return shapeOf(shape);
}

/** The map with its signs, at all of its places: the story's own may have come coarser. @param {Scene} scene */
export const wholeOf = ({ told: { raw }, raw: shown }) =>
  raw?.data && (raw.data.length === shown.length ? raw.data : shown);

/** What a sentence may speak of. @param {Step} step @param {Scene} scene @param {number} channel */
function paramsOf(step, scene, channel) {
  const { told, heat } = scene;
  const raw = step === told.terms?.step ? step.data : wholeOf(scene);
  const cut = raw ? cutOf(raw) : { share: 0, places: 0 };
  const weights = told.terms?.factors.data;
  const parts = told.terms?.products ? [told.terms.products] : [told.terms?.factors, told.terms?.maps];
  const [height, width] = step.name === "overlay" ? step.shape : [0, 0];
  const pulls = weights ? [...weights].filter((v) => v < 0).length : 0;
  return {
    name: scene.label,
    score: scoreOf(step, 4),
    from: step.follows.join(),
    signs: raw && !isSigned(raw) ? "positive" : "both",
    count: step.shape[0] ?? 1,
    grid: shapeOf(step.axes.length === 3 ? step.shape.slice(1) : [heat.h, heat.w]),
    input: shapeOf([heat.W, heat.H]), // pixels: width by height, as everywhere on the page
    photo: shapeOf([width, height]),
    channel: whole(channel),
    negative: pulls,
    lowering: parts.some((one) => one?.data?.some((v) => v < 0)) ? 1 : 0, // whether any channel lowers the sum at any place
    share: percent(cut.share),
    places: cut.places,
    all: heat.h * heat.w,
    number: step.data?.length === 1 ? figure(step.data[0]) : "",
    percent: step.data?.length === 1 ? percent(step.data[0]) : "",
  };
}

/** @param {"plain" | "try" | "ask"} what @param {string} name @param {Step} step @param {Scene} scene @param {number} channel */
function sentence(what, name, step, scene, channel) {
  const params = paramsOf(step, scene, channel);
  const about = say(`page-lesson-${what}-${name}`, params, "");
  const kind = scene.blind ? "blind" : scene.found;
  return kind ? say(`page-lesson-${what}-${name}-${kind}`, params, about) : about;
}

/** One plain sentence about a step. @param {Step} step @param {Scene} scene @param {number} channel */
export const plain = (step, scene, channel) =>
  sentence("plain", told(step, scene) ? step.name : `${step.name}-other`, step, scene, channel);

/** Whether a step means what it means in Grad-CAM or HiResCAM: the sentences of its own are about that. @param {Step} step @param {Scene} scene */
export function told({ name, follows }, { told: { terms, named } }) {
  if (name === "weights") return follows.join() === "gradients"; // other methods weigh by other things
  if (name === "weighted_sum" && follows.join() === "products") return true;
  return name !== "weighted_sum" || (named.has("gradients") && terms?.factors.name === "weights");
}

/** A sentence about a step, or about all of its kind. @param {"try" | "ask"} what @param {Step} step @param {Scene} scene @param {number} channel */
function forAll(what, step, scene, channel) {
  const kind = kindOf(step);
  const still = kind === "maps" && !scene.told.terms; // then no channel can be pressed
  const about = still && what === "try" ? "" : sentence(what, step.name, step, scene, channel);
  return about || say(`page-lesson-${what}-kind-${still ? "still" : isEven(step) ? "even" : kind}`);
}

/** @param {Step} step @param {Scene} scene @param {number} channel */
export const toTry = (step, scene, channel) => forAll("try", step, scene, channel);

/** @param {Step} step @param {Scene} scene @param {number} channel */
export const toAsk = (step, scene, channel) => forAll("ask", step, scene, channel);

/** Shape, range, and what was done to the numbers on the way. @param {Step} step */
export function facts(step) {
  const { data, shape, sent } = step;
  const kept = step.rows ?? step.inner;
  const words = [shape.length ? say("page-lesson-shape", { shape: shapeOf(shape) }) : ""];
  if (data && data.length > 1 && kindOf(step) !== "names") {
    const { low, high } = rangeOf(data);
    words.push(say("page-lesson-range", { low: figure(low), high: figure(high) }));
  }
  if (!data && !["enlarge", "scale", "overlay"].includes(step.name)) words.push(say("page-lesson-not-sent"));
  if (kept)
    words.push(say("page-lesson-kept", { kept: kept.length, count: shape[step.axes.indexOf("channel")] ?? shape[0] }));
  const [before, after] = [shape.slice(-2), sent.slice(-2)];
  if (data && after.join() === "1,1" && before.join() !== "1,1" && shape.length === 3)
    words.push(say("page-lesson-even"));
  else if (data && shape.length > 1 && after.join() !== before.join())
    words.push(say("page-lesson-coarser", { grid: shapeOf(after) }));
  if (step.dtype === "int16") words.push(say("page-lesson-rough"));
  if (step.dtype === "product" && data) words.push(say("page-lesson-multiplied"));
  return together(words);
}

/** The sentence about the map that is computed once more. @param {{most: number, peak: number, channels: number, all: number, grid?: number[]} | null} again */
export function check(again) {
  if (!again) return "";
  const { most, peak, channels, all } = again;
  const params = { most: figure(most), peak: figure(peak), channels, all };
  if (!all)
    return again.grid
      ? say("page-lesson-same-coarse", { ...params, grid: shapeOf(again.grid) })
      : say("page-lesson-same", params);
  return say(channels < all ? "page-lesson-again-some" : "page-lesson-again", params);
}

/** Whether all of the map was computed again and came out the same. @param {Parameters<typeof check>[0]} again */
export const holds = (again) => Boolean(again && again.channels === again.all && again.most <= 1e-3 * again.peak);

/** @param {number} row @param {number} column @param {string} value */
export const cellWords = (row, column, value) =>
  say("page-lesson-cell-value", { row: row + 1, column: column + 1, value });

/** The heads of the cell's table. @param {string} factor the step by which activations are multiplied @param {string} weight the unit of weights @param {string} product that of products */
export const heads = (factor, weight, product) => [
  say("page-lesson-channel"),
  say(factor === "gradients" ? "page-lesson-gradient" : "page-lesson-weight") + (weight ? ` (${weight})` : ""),
  say("page-lesson-activation"),
  say("page-lesson-product") + (product ? ` (${product})` : ""),
];

export const WORDS = {
  cell: (/** @type {number} */ row, /** @type {number} */ column) =>
    say("page-lesson-cell", { row: row + 1, column: column + 1 }),
  others: (/** @type {number} */ count) => say("page-lesson-others", { count }),
  sum: () => say("page-lesson-sum"),
  channel: (/** @type {number} */ channel) => say("page-lesson-channel-at", { channel: String(channel) }),
  raises: (/** @type {string[]} */ names) =>
    names.length ? say("page-lesson-raises", { names: names.join(say("page-comma")) }) : say("page-lesson-raises-none"),
  raisesNot: () => say("page-lesson-raises-not"),
  rise: (/** @type {string} */ name, /** @type {number} */ rise) => `${name} (${figure(rise)})`,
  place: (/** @type {number} */ at, /** @type {number} */ count, /** @type {string} */ title) =>
    say("page-lesson-step-at", { at, count, title }),
  slow: (/** @type {string} */ method) => say("page-lesson-slow", { method }),
  waiting: () => say("page-lesson-waiting"),
  empty: () => say("page-lesson-empty"),
  unfinished: () => say("page-lesson-unfinished"),
  veiled: () => say("page-lesson-veiled"),
  approximate: () => say("page-lesson-approximate"),
  number: (/** @type {number} */ number) => say("page-lesson-number", { number: String(number) }),
  run: (/** @type {number} */ number) => say("page-lesson-run", { number: String(number) }),
};
