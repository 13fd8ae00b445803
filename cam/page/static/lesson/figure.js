// The picture of a step, small in the strip and large below it: one way of drawing for each kind of numbers.

import { say } from "../language.js";
import { percent, quantity } from "../numbers.js";
import { classNameOf } from "../predictions/classes.js";
import { store } from "../store.js";
import { makeGrid } from "./grid.js";
import { barsCanvas, canvasOf, colourCanvas, isSigned, mapCanvas, sizeOf } from "./paint.js";
import { overlayCanvas } from "./scene.js";
import { at, channelOf, innerOf, isEven, kindOf } from "./story.js";
import { figure, scaleOf, scoreOf, titleOf, WORDS } from "./words.js";

/** @import { Grid } from "./paint.js" */
/** @import { Scene } from "./scene.js" */
/** @import { Step } from "./story.js" */

/**
 * @typedef {{step: string, row: number, column: number, channel: number}} Choice what of a story is looked at
 * @typedef {{choose: (row: number, column: number) => void, channel: (channel: number) => void, width: number,
 *   colours: string[], text: string}} Hands what a figure is drawn with
 */

const THUMBS = 12; // maps that are shown of many
const ROWS = 8; // numbers that are listed of many

/** @param {string} tag @param {string} name @param {(Node | string)[]} [inside] */
export function make(tag, name, inside = []) {
  const node = document.createElement(tag);
  node.className = name;
  node.append(...inside);
  return node;
}

/** The numbers of a step that is one image. @param {Step} step @param {Scene} scene @returns {Grid | null} */
function gridOf(step, { heat }) {
  const { name, data, sent } = step;
  if (name === "enlarge" || name === "scale") return { data: heat.values, h: heat.H, w: heat.W };
  const [h, w] = sent.slice(-2);
  return data && ["grid", "pixels"].includes(kindOf(step)) ? { data, h, w } : null;
}

/** Which colours a map has: the heatmap's where it is one. @param {Step} step @param {Scene} scene */
const paletteOf = ({ name }, { palette }) =>
  ["relu", "enlarge", "scale"].includes(name) ? { ...palette, lut: palette.heat } : palette;

/** The rows of the first axis that are shown: of channels those that matter most, else some from the first to the last. @param {Step} step @param {Scene} scene @param {number} most */
export function rowsOf({ axes, rows, shape }, { told }, most) {
  const all = rows ? [...rows] : Array.from({ length: shape[0] }, (_, row) => row);
  if (axes[0] !== "channel") {
    if (all.length <= most) return all;
    return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]);
  }
  const here = new Set(all);
  const size = (/** @type {number} */ row) => (told.terms ? Math.abs(at(told.terms.factors, row)) || 0 : 0);
  const rest = all.map((row) => ({ row, size: size(row) })).sort((one, other) => other.size - one.size);
  const important = told.channels.filter((one) => here.has(one));
  return [...new Set([...important, ...rest.map(({ row }) => row)])].slice(0, most);
}

/** What a row of the first axis is called. @param {Step} step @param {number} row of all, not of those that came */
export const nameOfRow = ({ labels, axes }, row) =>
  labels[row] ?? (axes[0] === "channel" ? WORDS.channel(row) : WORDS.number(row));

/** What the numbers of a step that tells which masks are shown stand for: channels, or masks of all. @param {Step} step */
const nameOfMask = ({ name }) => (name === "chosen" ? WORDS.channel : WORDS.number);

/** The same with the channel that is shown of it, or that its mask is of, and of several masks of a channel which. @param {Step} step @param {number} row @param {Scene} scene */
export function captionOf(step, row, { told }) {
  const masks = step.follows.map((name) => told.named.get(name)).find((one) => one && kindOf(one) === "names");
  if (masks?.data) {
    const own = masks.data[row];
    const first = masks.data.indexOf(own);
    const several = masks.name === "chosen" && masks.data.indexOf(own, first + 1) > 0;
    return nameOfMask(masks)(own) + (several ? ` · ${WORDS.run(row - first + 1)}` : "");
  }
  const inner = innerOf(step, told.channels);
  return [nameOfRow(step, row), inner && WORDS.channel(inner.channel)].filter(Boolean).join(" · ");
}

/** The masks that are shown, each once, with what it counts. @param {Step} step @param {Scene["told"]} told */
export function masksOf(step, { terms, named }) {
  const counts = step.name === "chosen" ? terms?.factors : named.get("mask_scores");
  const numbers = [...new Set(step.data ?? [])];
  return numbers.map((one) => ({ name: nameOfMask(step)(one), value: counts ? at(counts, one) : NaN }));
}

/** One image of a stack. @param {Step} step @param {number} row @param {Scene} scene */
function imageAt(step, row, { palette, told }) {
  const { axes, sent } = step;
  const data = channelOf(step, row);
  const [h, w] = sent.slice(-2);
  if (!data) return canvasOf(1, 1, "map");
  if (axes[1] === "colour" && step.name.endsWith("inputs")) return colourCanvas(data, h, w);
  const from = (innerOf(step, told.channels)?.place ?? 0) * h * w;
  const first = data.subarray(from, from + h * w);
  const size = isEven(step) || step.name === "masks" ? sizeOf(step.data ?? []) : sizeOf(first); // as bright as it lets through
  return mapCanvas({ data: first, h, w }, palette, size, isSigned(step.data ?? []));
}

/** Of numbers that are one for each row the two largest and the two smallest, by their rows. @param {Step} step */
export function endsOf({ data, rows }) {
  const values = data ?? new Float32Array();
  const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
  const ends = order.length > 4 ? [...order.slice(0, 2), ...order.slice(-2)] : order;
  return ends.map((place) => (rows ? rows[place] : place));
}

// ---- small ----

/** @param {Step} step @param {Scene} scene @param {string[]} colours @returns {Node} */
export function miniature(step, scene, colours) {
  const kind = kindOf(step);
  if (kind === "scores")
    return make("span", "big", [make("small", "", [scene.label]), make("b", "", [scoreOf(step, 3)])]);
  if (kind === "overlay") return overlayCanvas(scene, 96);
  const grid = gridOf(step, scene);
  if (grid) {
    const canvas = mapCanvas(grid, paletteOf(step, scene));
    canvas.classList.toggle("smooth", grid.h > 60);
    return canvas;
  }
  if (!step.data) return make("span", "big", ["–"]);
  if (kind === "number") return make("span", "big", [make("b", "", [figure(step.data[0])])]);
  if (kind === "names")
    return barsCanvas(
      masksOf(step, scene.told).map(({ value }) => value),
      96,
      54,
      colours,
    );
  if (kind === "bars" || step.sent.length < 3) return barsCanvas(runsOf(step).map(meanOf), 96, 54, colours);
  if (kind === "colours") return colourCanvas(step.data, step.sent[1], step.sent[2]);
  const rows = isEven(step) ? endsOf(step) : rowsOf(step, scene, 4);
  return make(
    "span",
    "four",
    rows.map((row) => imageAt(step, row, scene)),
  );
}

// ---- large ----

/**
 * @param {Step} step @param {Scene} scene @param {Choice} choice @param {Hands} hands
 * @returns {{node: Node, show: (row: number, column: number) => void}}
 */
export function largeOf(step, scene, choice, hands) {
  const still = (/** @type {Node} */ node) => ({ node, show: () => {} });
  const kind = kindOf(step);
  if (kind === "scores") return still(scoresOf(step, scene, hands));
  if (kind === "overlay") return still(overlayCanvas(scene, 900));
  const grid = gridOf(step, scene);
  if (grid) return gridFigure(step, grid, scene, hands);
  if (!step.data) return still(make("p", "none", [say("page-lesson-not-sent")]));
  if (kind === "number") return still(numberOf(step, hands));
  if (kind === "names") return still(listOf(masksOf(step, scene.told), hands.colours));
  if (kind === "bars" || step.sent.length < 3) return still(barsOf(step, scene, choice, hands));
  if (kind === "colours") return still(coloursOf(step, scene));
  return still(stackOf(step, scene, choice, hands));
}

/** @param {Step} step @param {Grid} grid @param {Scene} scene @param {Hands} hands */
function gridFigure(step, grid, scene, { choose, width, text }) {
  const spatial = ["row,column", "y,x"].includes(step.axes.join());
  const name = titleOf(step.name);
  const made = makeGrid(scene, grid, { spatial, palette: paletteOf(step, scene), width, text, name, choose: shown });
  const same = grid.h === scene.grid.h && grid.w === scene.grid.w;
  /** @param {number} row @param {number} column */
  function shown(row, column) {
    made.show(row, column);
    if (same) choose(row, column);
  }
  const peak = peakOf(grid);
  made.show(peak.row, peak.column);
  return { node: made.root, show: (/** @type {number} */ r, /** @type {number} */ c) => same && made.show(r, c) };
}

/** The place of the largest value. @param {Grid} grid */
export function peakOf({ data, w, h }) {
  let best = 0;
  for (let i = 1; i < h * w; i++) if (data[i] > data[best]) best = i;
  return { row: Math.floor(best / w), column: best % w };
}

/** The classes with the highest logits, and the one that is explained. @param {Step} step @param {Scene} scene @param {Hands} hands */
function scoresOf(step, { confirmed, index: chosen }, { colours }) {
  const index = confirmed.findings?.[chosen]?.index ?? chosen; // of a finding its class
  const { state } = store;
  const data = step.data ?? new Float32Array();
  const order = [...data.keys()].sort((a, b) => data[b] - data[a]);
  const shown = order.slice(0, ROWS);
  if (!shown.includes(index) && index < data.length) shown.push(index);
  return listOf(
    shown.map((one) => ({
      name: classNameOf(state, one),
      value: data[one],
      lit: one === index,
    })),
    colours,
  );
}

/** @param {{name: string, value: number, lit?: boolean, press?: () => void}[]} rows @param {string[]} colours */
function listOf(rows, [up, down]) {
  const size = Math.max(...rows.map(({ value }) => Math.abs(value))) || 1;
  const scale = scaleOf(size);
  const list = make(
    "ol",
    "bars-list",
    rows.map(({ name, value, lit, press }) => {
      const label = make(press ? "button" : "span", "name", [name]);
      if (press) Object.assign(label, { type: "button", onclick: press });
      const bar = make("span", "bar");
      bar.style.cssText = `width:${(100 * Math.abs(value)) / size}%;background:${value < 0 ? down : up}`;
      const item = make("li", lit ? "lit" : "", [
        label,
        make("span", "track", [bar]),
        make("b", "", [scale.bare(value)]),
      ]);
      if (lit) item.setAttribute("aria-current", "true");
      return item;
    }),
  );
  return scale.unit
    ? make("div", "", [make("p", "facts", [say("page-lesson-unit", { unit: scale.unit })]), list])
    : list;
}

/** A number, and where it is a share of 1 how much of a bar it fills. @param {Step} step @param {Hands} hands */
function numberOf(step, { colours }) {
  const value = step.data?.[0] ?? NaN;
  const words = [make("b", "", [quantity(value)])];
  if (!(step.name.endsWith("share") && value >= 0 && value <= 1)) return make("p", "huge", words);
  const bar = make("span", "bar");
  bar.style.cssText = `width:${100 * value}%;background:${colours[0]}`;
  return make("div", "huge", [make("b", "", [percent(value)]), make("span", "track", [bar])]);
}

/** @param {Step} step @param {Scene} scene @param {Choice} choice @param {Hands} hands */
function barsOf(step, scene, choice, { colours, width, channel }) {
  const { told } = scene;
  const { data, axes, rows, sent } = step;
  if (!data) return make("p", "none");
  const ofChannels = axes[0] === "channel";
  const runs = runsOf(step);
  const means = runs.map(meanOf);
  const chosen = ofChannels ? (rows ? rows.indexOf(choice.channel) : choice.channel) : -1;
  const lit = means[chosen] ?? NaN;
  const size = (/** @type {number} */ place) => Math.abs(means[place]);
  const order =
    axes[0] === "point" // in the order of the path
      ? rowsOf(step, scene, ROWS)
      : [...means.keys()].sort((a, b) => size(b) - size(a)).slice(0, ROWS);
  const list = order.map((place) => {
    const row = rows ? rows[place] : place;
    const name = nameOfRow(step, row);
    const press = ofChannels && told.terms ? () => channel(row) : undefined;
    return { name, value: means[place], lit: ofChannels && row === choice.channel, press };
  });
  const bars = make("div", "linked", [barsCanvas(means, Math.round(width), 180, colours, lit), listOf(list, colours)]);
  const count = data.length / sent[0];
  if (count === 1) return bars;
  const shown = runs[chosen] ? chosen : order[0];
  const title = nameOfRow(step, rows ? rows[shown] : shown);
  return make("div", "", [
    make("p", "facts", [say("page-lesson-means", { count: String(count), name: title })]),
    bars,
    make("h4", "", [title]),
    listOf(
      runs[shown].map((value, i) => ({ name: WORDS.run(i + 1), value })),
      colours,
    ),
  ]);
}

/** @param {number[]} values */
const meanOf = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** The numbers of each row: one, or one of each run. @param {Step} step */
export function runsOf({ data, sent }) {
  const values = [...(data ?? [])];
  const count = values.length / sent[0];
  return Array.from({ length: sent[0] }, (_, i) => values.slice(i * count, (i + 1) * count));
}

/** Three images of the colours, or one in colour where it is the input. @param {Step} step @param {Scene} scene */
function coloursOf({ name, data, sent }, { palette }) {
  const [, h, w] = sent;
  const all = data ?? new Float32Array();
  if (name === "input") return colourCanvas(all, h, w);
  const size = sizeOf(all);
  const names = ["red", "green", "blue"].map((one) => say(`page-lesson-${one}`));
  return make(
    "div",
    "thumbs three",
    names.map((one, i) => {
      const part = all.subarray(i * h * w, (i + 1) * h * w);
      const canvas = mapCanvas({ data: part, h, w }, palette, size, true);
      return make("figure", "", [canvas, make("figcaption", "", [one])]);
    }),
  );
}

/** Many maps side by side; of channels each can be chosen. @param {Step} step @param {Scene} scene @param {Choice} choice @param {Hands} hands */
function stackOf(step, scene, choice, { channel }) {
  const ofChannels = step.axes[0] === "channel" && Boolean(scene.told.terms);
  const rows = rowsOf(step, scene, THUMBS);
  const scale = isEven(step) ? scaleOf(sizeOf(step.data ?? []), 3) : null;
  if (ofChannels && !rows.includes(choice.channel) && channelOf(step, choice.channel))
    rows.splice(-1, 1, choice.channel);
  const list = make(
    "div",
    "thumbs",
    rows.map((row) => {
      const name = captionOf(step, row, scene);
      const inside = [imageAt(step, row, scene), make("span", "", [name])];
      const one = scale && channelOf(step, row);
      if (one) inside.push(make("b", "", [scale.write(one[0])]));
      if (!ofChannels) return make("figure", "", inside);
      const button = make("button", "thumb", inside);
      Object.assign(button, { type: "button", onclick: () => channel(row) });
      button.dataset.channel = String(row);
      button.setAttribute("aria-pressed", String(row === choice.channel));
      return button;
    }),
  );
  return scale?.unit
    ? make("div", "", [make("p", "facts", [say("page-lesson-unit", { unit: scale.unit })]), list])
    : list;
}

/** The maps of one channel side by side: activation, gradient, weight. @param {Scene} scene @param {number} channel @param {string[]} colours */
export function trioOf({ told, palette }, channel, [up, down]) {
  const { terms, named } = told;
  if (!terms) return [];
  const parts = [terms.maps, named.get("gradients") ?? null, terms.factors].filter((one) => one !== null);
  return [...new Set(parts)].map((step) => {
    const data = channelOf(step, channel);
    const [h, w] = step.sent.slice(-2);
    const one = data && data.length === 1;
    const value = one ? scaleOf(Math.abs(data[0])) : null;
    const words = value && data ? `${data[0] < 0 ? "" : "+"}${value.whole(data[0])}` : "–";
    const number = make("b", "value", [words]);
    if (one) number.style.color = data[0] < 0 ? down : up;
    const signed = isSigned(step.data ?? []);
    const shown = data && !one ? mapCanvas({ data, h, w }, palette, sizeOf(data), signed) : number;
    return make("figure", "", [make("figcaption", "", [titleOf(step.name)]), shown]);
  });
}
