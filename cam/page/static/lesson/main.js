// The tab "How it works": the computation of the map on show as a strip of steps, one of them unfolded below it.
//
// For tests the root has data-state ("empty", "asking", "slow", "error", "veiled", "ready"), data-step, data-cell ("row,column"),
// data-channel, data-difference (of the map that is computed again), and `cam`: told() is the story, ms() what the last step
// took to be drawn, cell() the cell's numbers.

import { dress, finder, partsOf } from "../dom.js";
import { language } from "../language.js";
import { remember } from "../link.js";
import { nameOf } from "../predictions/classes.js";
import { decodeColormaps, decodeColours } from "../protocol.js";
import { actionOf } from "../room/keys.js";
import { said } from "../said.js";
import { drawnClass } from "../state.js";
import { opening, store } from "../store.js";
import { TEXT } from "../words.js";
import { makeAsking, wishOf } from "./asking.js";
import { largeOf, make, miniature, peakOf } from "./figure.js";
import { keepingFocus, turnTo } from "./focus.js";
import { writeFormula, writeWhole } from "./formula.js";
import { stopIdle, whenIdle } from "./idle.js";
import { sceneOf } from "./scene.js";
import { bringIntoSight, glide, lightCode, markStep, showCell, showChannel, writeCode, writeEnds } from "./side.js";
import { cellAt } from "./story.js";
import { caption, check, facts, heading, holds, plain, titleOf, toAsk, toTry, WORDS } from "./words.js";

/** @import { Gradio } from "../connection.js" */
/** @import { Lists, Said } from "../protocol.js" */
/** @import { State } from "../state.js" */
/** @import { Choice, Hands } from "./figure.js" */
/** @import { Scene } from "./scene.js" */
/** @import { Step, Told } from "./story.js" */

const FIRST = "scores";
const BESIDE = ["activations", "gradients", "weights", "place_weights", "weighted_sum", "products"]; // where a channel is looked at
const MOST = 80; // figures that are kept
const HURRY = 400; // ms between two steps: who walks faster sees them without a movement between

/** @param {Gradio} gradio */
export async function mount({ element }) {
  const [{ colours, lists }] = await Promise.all([opening, dress(element, "lesson", import.meta.url)]);
  const maps = decodeColormaps(colours.colormaps);
  const [first] = maps.values();
  const palette = {
    heat: first,
    lut: maps.get("viridis") ?? first,
    signedLut: decodeColours(colours.signed_colours),
  };
  new Lesson(element, palette, lists).listen();
}

class Lesson {
  /** @type {Scene | null} */
  scene = null;
  /** @type {Choice} */
  choice = { step: new URLSearchParams(location.search).get("step") ?? "", row: 0, column: 0, channel: -1 };
  /** @type {Said | string} what is said instead of a story */
  words = "";
  question = ""; // that the scene answers
  asked = ""; // by hand: the story of a slow method
  open = false;
  cost = 0;
  /** @type {(row: number, column: number) => void} */
  light = () => {};
  /** @type {Map<string, {node: Node, show: (row: number, column: number) => void}>} of the steps and channels seen */
  figures = new Map();
  /** @type {Hands} */
  hands = { choose: () => {}, channel: () => {}, width: 0, colours: [], text: "" };
  idle = 0;
  gone = 0; // when another step was gone to

  /** @param {HTMLElement} element @param {Scene["palette"]} palette @param {Lists} lists */
  constructor(element, palette, lists) {
    this.root = finder(element)(".lesson");
    this.part = partsOf(this.root);
    this.palette = palette;
    this.slow = new Set(lists.methods.filter(({ quick }) => !quick).map(({ name }) => name));
    this.asking = makeAsking((question, told, error) => this.take(question, told, error));
  }

  listen() {
    const { part, root } = this;
    const tab = (/** @type {string} */ name) => finder(document.body)(`#cam-tab-${name}-button`);
    part.change.onclick = () => turnTo(tab("explore"));
    tab("lesson").addEventListener("pointerdown", () => this.follow(store.state, true)); // before the click is over
    part.tell.onclick = () => {
      const wish = wishOf(store.state);
      this.asked = wish ? JSON.stringify(wish) : "";
      this.follow(store.state);
      part.said.focus();
    };
    part.back.onclick = () => this.move(-1);
    part.next.onclick = () => this.move(1);
    root.onkeydown = (event) => this.key(event);
    store.subscribe((state, before) => {
      const words = state.language !== before.language || state.names !== before.names;
      if (words && this.scene) this.scene.label = nameOf(state, this.scene.index);
      this.follow(state);
      if (words) this.draw();
    });
    let width = 0;
    new ResizeObserver(() => {
      const open = Boolean(root.offsetParent);
      const opened = open && !this.open;
      const other = open && Math.abs(root.clientWidth - width) >= 8;
      if (open === this.open && !other) return;
      this.open = open;
      if (!open) return;
      width = root.clientWidth;
      if (other) this.hands.width = 0; // to be read anew
      this.follow(store.state);
      if (other || this.question || !this.scene) this.draw(); // what is told anew is drawn then
      if (opened && this.choice.step) this.remember();
    }).observe(root);
    new MutationObserver(() => {
      this.hands.width = 0;
      this.draw();
    }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    Object.assign(root, {
      cam: {
        told: () => this.scene?.told ?? null,
        ms: () => this.cost,
        cell: () => this.scene && cellAt(this.scene.told, this.choice.row, this.choice.column, 7),
      },
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const action = actionOf("steps", event);
    const by = action && { before: -1, next: 1, first: -99, last: 99 }[action];
    if (!by || !this.scene || (event.target instanceof Element && event.target.closest("[data-part=code]"))) return;
    event.preventDefault();
    const within = event.target instanceof Element && event.target.closest("[data-part=strip]");
    this.move(by);
    if (within) this.current()?.focus();
  }

  /** @returns {HTMLElement | null} */
  current() {
    return this.part.strip.querySelector("[aria-current=step]");
  }

  /** The story of what is on show, if the tab is or will be. @param {State} state */
  follow(state, open = this.open) {
    if (!open) return;
    if (state.veiled) {
      this.asking.forget();
      return this.say("veiled", WORDS.veiled());
    }
    const wish = wishOf(state);
    const question = wish ? JSON.stringify(wish) : "";
    if (question && question === this.question && this.scene?.confirmed.photo === state.confirmed?.photo) return;
    if (!wish) {
      const unfinished = state.confirmed && !state.pending && state.confirmed.picture.share < 1 && state.progress === 1;
      this.asking.forget();
      return this.say(unfinished ? "error" : "asking", unfinished ? WORDS.unfinished() : WORDS.waiting());
    }
    if (wish.effort !== "exact") {
      this.asking.forget();
      return this.say("error", WORDS.approximate());
    }
    if (this.slow.has(wish.method) && this.asked !== question && !this.asking.has(wish)) {
      this.asking.forget();
      return this.say("slow", WORDS.slow(TEXT.method.title(wish.method)));
    }
    if (this.root.dataset.state !== "asking") this.say("asking", WORDS.waiting());
    this.asking.want(wish);
  }

  /** @param {"asking" | "slow" | "error" | "veiled"} state @param {Said | string} words */
  say(state, words) {
    this.words = words;
    this.question = "";
    this.root.dataset.state = state;
    this.part.said.textContent = said(words);
    this.part.tell.hidden = state !== "slow";
    this.root.classList.toggle("stale", Boolean(this.scene)); // what was told before stays in its place, faded
    if (state !== "asking") this.clear();
  }

  clear() {
    this.scene = null;
    this.part.body.hidden = true;
    this.part.strip.replaceChildren();
    this.part.title.textContent = WORDS.empty();
    this.part.facts.textContent = "";
  }

  /** @param {string} question @param {Told | null} told @param {Said | null} error */
  take(question, told, error) {
    const { state } = store;
    const wish = wishOf(state);
    if (!wish || JSON.stringify(wish) !== question) return; // something else is on show by now
    if (!told) return this.say("error", error ?? "");
    this.scene = sceneOf(told, state, drawnClass(state), this.palette);
    this.question = question;
    this.words = "";
    this.choice = { ...this.choice, ...peakOf(this.scene.grid), channel: told.channels[0] ?? -1 };
    this.root.dataset.state = "ready";
    this.root.dataset.difference = this.scene.again ? String(this.scene.again.most) : "";
    this.part.tell.hidden = true;
    this.root.classList.remove("stale");
    const waited = document.activeElement === this.part.said;
    this.draw();
    if (waited) this.current()?.focus({ preventScroll: true });
    this.part.said.textContent = "";
  }

  // ---- choosing ----

  /** @param {number} by */
  move(by) {
    const { scene } = this;
    if (!scene) return;
    const { steps } = scene.told;
    const now = steps.indexOf(this.step(scene));
    this.go(steps[Math.min(steps.length - 1, Math.max(0, now + by))].name);
  }

  /** The step that is wanted, or the first where this story has none of that name. @param {Scene} scene @returns {Step} */
  step({ told }) {
    return told.named.get(this.choice.step) ?? told.named.get(FIRST) ?? told.steps[0];
  }

  /** @param {string} step */
  go(step) {
    if (step === this.choice.step) return;
    this.choice = { ...this.choice, step };
    this.keeping(() => this.unfold());
    if (performance.now() - this.gone > HURRY) glide(this.part.figure);
    this.gone = performance.now();
    this.remember();
  }

  remember() {
    remember({ step: this.choice.step }, store.state.confirmed?.choice.photo ?? {});
  }

  /** @param {number} row @param {number} column */
  choose(row, column) {
    this.choice = { ...this.choice, row, column };
    this.root.dataset.cell = `${row},${column}`;
    this.light(row, column);
    this.cell();
  }

  /** @param {number} channel */
  channel(channel) {
    this.choice = { ...this.choice, channel };
    this.keeping(() => this.unfold());
  }

  /** @param {() => void} act draws parts anew */
  keeping(act) {
    const { back, next } = this.part;
    keepingFocus(this.root, () => (back.hidden ? next : back), act);
  }

  // ---- drawing ----

  draw() {
    const { scene, part } = this;
    if (!scene || !this.open) {
      if (this.words && this.open) this.follow(store.state);
      if (!scene) part.title.textContent = WORDS.empty();
      return;
    }
    const { picture } = scene.confirmed;
    part.title.textContent = heading(scene, TEXT.method.title(picture.at.method));
    const layer = picture.layer_blind ? "" : picture.layer;
    part.facts.textContent = [picture.model, layer].filter(Boolean).join(" · ");
    part.body.hidden = false;
    if (!this.hands.width) this.dip();
    this.figures.clear();
    writeCode(part, scene);
    const { colours } = this.hands;
    part.strip.replaceChildren(
      ...scene.told.steps.map((step, i) => {
        const inside = [
          make("span", "nr", [String(i + 1)]),
          make("span", "title", [titleOf(step.name)]),
          make("span", "mini", [miniature(step, scene, colours)]),
          make("span", "caption", [caption(step, scene)]),
        ];
        const button = make("button", "step", inside);
        Object.assign(button, { type: "button", onclick: () => this.go(step.name) });
        button.dataset.name = step.name;
        return make("li", "", [button]);
      }),
    );
    this.unfold();
    this.ahead();
  }

  /** Unfold the step that is chosen. */
  unfold() {
    const start = performance.now();
    const { scene, part, choice, root } = this;
    if (!scene || !this.open) return;
    const step = this.step(scene);
    this.choice.step = step.name;
    markStep(root, part, scene.told, step);
    const { terms, steps } = scene.told;
    part.name.textContent = WORDS.place(steps.indexOf(step) + 1, steps.length, titleOf(step.name));
    const inWhole = terms && !terms.products && scene.told.named.has("relu") ? terms : null;
    part.whole.hidden = !inWhole;
    if (inWhole) {
      const roles = { relu: "relu", sum: inWhole.step.name, factors: inWhole.factors.name, maps: inWhole.maps.name };
      writeWhole(part.whole, roles, step.name, (name) => this.go(name));
    }
    const formula = step.formula[language()] ?? "";
    writeFormula(part.formula, formula);
    part.formula.hidden = !formula;
    part.plain.textContent = plain(step, scene, choice.channel);
    part.numbers.textContent = facts(step);
    this.figure(scene, step);
    part.cell.hidden = !terms || step.name === FIRST;
    part.channel.hidden = !terms || !(BESIDE.includes(step.name) || step === terms.factors || step === terms.maps);
    if (!part.channel.hidden) showChannel(part, scene, choice.channel, this.hands.colours);
    this.cell();
    const words = check(scene.again);
    part.check.textContent = words ? `${holds(scene.again) ? "✓" : "≈"} ${words}` : "";
    part.check.classList.toggle("good", holds(scene.again));
    part.check.hidden = !words;
    lightCode(part, step.name);
    part.try.textContent = toTry(step, scene, choice.channel);
    part.ask.textContent = toAsk(step, scene, choice.channel);
    writeEnds(part, scene.told.steps, step);
    Object.assign(root.dataset, { channel: choice.channel, cell: `${choice.row},${choice.column}` });
    bringIntoSight(part);
    this.cost = performance.now() - start;
  }

  /** @param {Scene} scene @param {Step} step */
  figure(scene, step) {
    const { node, show } = this.figureOf(scene, step);
    this.part.figure.replaceChildren(node);
    this.light = show;
    show(this.choice.row, this.choice.column);
  }

  /** The large picture of a step, made once. @param {Scene} scene @param {Step} step */
  figureOf(scene, step) {
    const key = this.keyOf(step);
    if (this.figures.size > MOST) this.figures.clear();
    const found = this.figures.get(key) ?? largeOf(step, scene, this.choice, this.hands);
    this.figures.set(key, found);
    return found;
  }

  /** @param {Step} step */
  keyOf = ({ axes, name }) => (axes[0] === "channel" ? `${name} ${this.choice.channel}` : name);

  /** What a figure is drawn with; asking the style sheet takes the browser a while, so it is asked once. */
  dip() {
    const style = getComputedStyle(this.part.left);
    const inside = this.part.left.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const root = getComputedStyle(this.root);
    this.hands = {
      choose: (row, column) => this.choose(row, column),
      channel: (channel) => this.channel(channel),
      width: Math.max(200, inside),
      colours: ["--lesson-up", "--lesson-down", "--lesson-lit"].map((name) => root.getPropertyValue(name).trim()),
      text: style.color,
    };
  }

  /** Make the pictures of the other steps while nothing else happens: a step is then there at once. */
  ahead() {
    stopIdle(this.idle);
    const { scene } = this;
    const next = scene?.told.steps.find((step) => !this.figures.has(this.keyOf(step)));
    if (!scene || !next || !this.open) return;
    this.idle = whenIdle(() => {
      if (scene !== this.scene) return;
      this.figureOf(scene, next);
      this.ahead();
    });
  }

  cell() {
    const { scene, part, choice } = this;
    if (!scene?.told.terms || part.cell.hidden) return;
    showCell(
      part,
      scene,
      choice.row,
      choice.column,
      choice.channel,
      (channel) => this.channel(channel),
      this.hands.colours,
    );
  }
}
