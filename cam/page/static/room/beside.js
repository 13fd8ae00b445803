// Two pictures side by side, which differ in one thing: the class, the method, the layer or the photo. The second one follows
// how the first is looked at, its zoom and its wipe. Knows two stages and the controls; where a map comes from is in `second.js`.

import { hasSecond } from "../connection.js";
import { remember } from "../link.js";
import { percent } from "../numbers.js";
import { heatOf } from "../picture/heat.js";
import { reachOf, reference, scaled } from "../picture/scale.js";
import { makeStage } from "../picture/stage.js";
import { nameOf, ranked, shareOf } from "../predictions/classes.js";
import { own, said } from "../said.js";
import { drawnClass, rawMap, seenEvidence } from "../state.js";
import { store } from "../store.js";
import { linked } from "../visit.js";
import { TEXT } from "../words.js";
import { actionOf } from "./keys.js";
import { besideLink, KINDS, localSecond, makeAsking, wantedOf } from "./second.js";
import { BESIDE } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Lists, Said } from "../protocol.js" */
/** @import { State } from "../state.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { Kind, Second, Wanted } from "./second.js" */

const CLASSES = 20; // the most likely ones, for a choice

/** @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {string} name of its class @param {Node[]} inside */
function make(tag, name, inside = []) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...inside);
  return node;
}

/** The two frames, and the line of controls below them. @param {Parts} part */
function lay(part) {
  const names = [make("p", "room-name"), make("p", "room-name")];
  const canvas = make("canvas", "cx-second");
  const line = make("div", "room-line");
  const stage = make("div", "cx-stage", [canvas, line]);
  const frame = make("div", "cx-frame room-second", [stage]);
  const pair = make("div", "room-pair");
  canvas.setAttribute("role", "img");
  line.hidden = true;
  part.frame.before(pair);
  pair.append(names[0], names[1], part.frame, frame);
  const [kind, which] = ["kind", "which"].map((name) => {
    const select = make("select", "");
    select.id = `cam-beside-${name}`;
    const word = make("span", "");
    return { word, select, field: make("label", "cx-field", [word, select]) };
  });
  const status = make("p", "");
  status.setAttribute("role", "status");
  const row = make("div", "room-beside", [kind.field, which.field, status]);
  return { pair, names, canvas, stage, frame, line, kind, which, status, row };
}

/**
 * Make the second picture. It begins where the picture does: what stands around it is asked for once.
 * @param {Parts} part @param {HTMLElement} root @param {Lists} lists
 */
export function layBeside(part, root, lists) {
  const laid = lay(part);
  return (/** @type {Stage} */ stage) => {
    part.moreLook.before(laid.row);
    new Beside(part, root, lists, laid, stage).listen();
  };
}

class Beside {
  /** @type {Wanted | null} */
  wanted = null;
  /** @type {Second | null} */
  second = null;
  /** @type {Said | null} */
  words = null;
  /** @type {unknown[]} */
  drawn = [];
  filled = "";
  look = "";

  /** @param {Parts} part @param {HTMLElement} root @param {Lists} lists @param {ReturnType<typeof lay>} laid @param {Stage} first */
  constructor(part, root, lists, laid, first) {
    this.part = part;
    this.root = root;
    this.laid = laid;
    this.first = first;
    this.lists = lists;
    const { canvas, stage, frame } = laid;
    this.stage = makeStage({ canvas, stage, frame, centre: part.centre }, root);
    this.asking = makeAsking({ take: (second) => this.take(second), say: (sentence) => this.say(sentence) });
  }

  listen() {
    const { kind, which, canvas } = this.laid;
    kind.select.onchange = () => this.begin(/** @type {Kind | ""} */ (kind.select.value));
    which.select.onchange = () => this.want(this.wanted && { ...this.wanted, value: which.select.value });
    const before = this.first.onLook;
    this.first.onLook = () => {
      before();
      this.follow();
    };
    document.addEventListener("cam-beside", () => {
      this.begin(this.wanted ? "" : "class");
      (this.wanted ? which : kind).select.focus();
    });
    this.forward(canvas);
    const heat = () => this.stage.heat?.values.slice() ?? null;
    Object.assign(this.root, { second: { heat } }); // for tests, as data-second
    linked.then(({ search }) => this.want(wantedOf(new URLSearchParams(search).get("beside")), false));
    store.subscribe((state, last) => {
      if (state === last || state.language !== last.language) this.name();
      this.show(state);
    });
  }

  /** What is done on the second picture is done on the first. @param {HTMLCanvasElement} canvas */
  forward(canvas) {
    const { first } = this;
    canvas.tabIndex = 0;
    const at = (/** @type {MouseEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left) / box.width) * first.screen.width,
        ((event.clientY - box.top) / box.height) * first.screen.height,
      ];
    };
    canvas.ondblclick = (event) => first.zoomBy(first.view.zoom > 1 ? 1e-9 : 2.5, ...at(event));
    canvas.onpointermove = (event) => {
      if (event.buttons && first.view.zoom > 1) first.zoomBy(1, ...at(event), event.movementX, event.movementY);
    };
    canvas.onkeydown = (event) => {
      const action = actionOf("picture", event);
      const factor = action && { zoomIn: 1.4, zoomOut: 1 / 1.4, whole: 1e-9 }[/** @type {"whole"} */ (action)];
      if (!factor) return;
      event.preventDefault();
      first.zoomBy(factor);
    };
  }

  // ---- choosing ----

  /** Two pictures that differ in something; or one. @param {Kind | ""} kind */
  begin(kind) {
    const value = kind && this.valuesOf(kind, store.state).find(([, , now]) => !now)?.[0];
    this.want(kind && value ? { kind, value } : null);
  }

  /** What can be chosen: value, words, and whether the first picture has it. @param {Kind} kind @param {State} state @returns {[string, string, boolean][]} */
  valuesOf(kind, state) {
    const { confirmed } = state;
    if (!confirmed) return [];
    if (kind === "class") {
      const likely = [...(ranked(state)?.order.slice(0, CLASSES) ?? [])];
      const chosen = this.wanted?.kind === kind ? Number(this.wanted.value) : -1;
      if (chosen >= 0 && !likely.includes(chosen)) likely.push(chosen);
      return likely.map((index) => [
        String(index),
        `${nameOf(state, index)} · ${percent(shareOf(state, index))}`,
        index === drawnClass(state),
      ]);
    }
    if (kind === "method")
      return this.lists.methods
        .filter(({ name }) => !confirmed.reasons[name])
        .map(({ name }) => [name, TEXT.method.title(name), name === confirmed.choice.method]);
    if (kind === "layer") {
      const count = confirmed.layers.length;
      const found = confirmed.layers.map(
        ({ name }, i) =>
          /** @type {[string, string, boolean]} */ ([
            name,
            TEXT.layerOption(i + 1, count, name),
            name === confirmed.choice.layer,
          ]),
      );
      return found.reverse();
    }
    return this.lists.examples.map(({ name, title }) => [
      name,
      TEXT.exampleTitle(name, title),
      name === confirmed.choice.photo.example,
    ]);
  }

  /** @param {Wanted | null} wanted @param {boolean} [written] into the address */
  want(wanted, written = true) {
    this.wanted = wanted;
    this.asking.forget();
    this.second = null;
    this.say(null);
    const on = Boolean(wanted);
    if (on !== this.laid.pair.classList.contains("on")) {
      this.laid.pair.classList.toggle("on", on);
      window.dispatchEvent(new Event("resize")); // both are measured anew
    }
    if (written) remember({ beside: besideLink(wanted) }, store.state.confirmed?.choice.photo ?? {});
    this.name();
    this.show(store.state);
    if (!on && store.state.pair !== null) store.set({ pair: null });
  }

  // ---- drawing ----

  /** @param {State} state */
  show(state) {
    const { wanted } = this;
    if (!wanted || !state.confirmed) return;
    const here = localSecond(state, wanted);
    if (here) {
      this.asking.forget();
      this.say(null);
      this.second = here;
    } else if (hasSecond()) this.asking.want(state, wanted);
    else this.say(own("besideNotHere"));
    this.fill(state);
    this.draw(state);
  }

  /** @param {Second} second */
  take(second) {
    this.second = second;
    this.show(store.state);
  }

  /** @param {Said | null} sentence */
  say(sentence) {
    this.words = sentence;
    this.laid.status.textContent = said(sentence);
  }

  name() {
    const { kind, which, status } = this.laid;
    const { state } = store;
    kind.word.textContent = BESIDE.title();
    which.word.textContent = BESIDE.which();
    status.textContent = said(this.words);
    const options = [new Option(BESIDE.off(), ""), ...KINDS.map((one) => new Option(BESIDE.kind(one), one))];
    kind.select.replaceChildren(...options);
    kind.select.value = this.wanted?.kind ?? "";
    which.field.hidden = !this.wanted;
    this.filled = "";
    this.fill(state);
  }

  /** The list of what the second picture may be. @param {State} state */
  fill(state) {
    const { wanted } = this;
    if (!wanted) return;
    const values = this.valuesOf(wanted.kind, state);
    const key = JSON.stringify([wanted, values]);
    if (key === this.filled) return;
    this.filled = key;
    const { select } = this.laid.which;
    select.replaceChildren(...values.map(([value, words]) => new Option(words, value)));
    if (!values.some(([value]) => value === wanted.value)) select.append(new Option(wanted.value, wanted.value));
    select.value = wanted.value;
  }

  /** @param {State} state */
  draw(state) {
    const { second, stage } = this;
    const { confirmed } = state;
    if (!second || !confirmed) return;
    const evidence = second.picture.signed ? seenEvidence(state) : "for";
    const pair = this.wanted?.kind === "class" ? null : reachOf(second.raw, evidence);
    if (state.pair !== pair) return store.set({ pair }); // which draws both
    const common = state.scale === "common" ? reference(state, evidence, rawMap(confirmed, drawnClass(state))) : null;
    const now = [second.question, second.raw.length, second.picture.share, second.photo, evidence, common?.peak];
    this.caption(state, second);
    if (now.every((one, i) => one === this.drawn[i])) return;
    this.drawn = now;
    const [h, w] = second.picture.shape;
    const [W, H] = second.photo.view.input;
    if (stage.photo !== second.photo) stage.setPhoto(second.photo);
    this.follow();
    stage.setHeat(scaled(heatOf(second.raw, h, w, H, W, evidence), common?.peak ?? null));
    this.root.dataset.second = `${besideLink(this.wanted)} ${second.index}`;
  }

  /** @param {State} state @param {Second} second */
  caption(state, second) {
    const { names, canvas } = this.laid;
    const { confirmed } = state;
    if (!confirmed) return;
    const index = drawnClass(state);
    const words = (/** @type {number} */ one, /** @type {number} */ share) =>
      `${nameOf(state, one)}${share >= 0 ? ` · ${percent(share)}` : ""}`;
    const kind = this.wanted?.kind;
    const [title, value] = [(/** @type {string} */ name) => TEXT.method.title(name), this.wanted?.value ?? ""];
    const first = words(index, shareOf(state, index));
    const other = words(second.index, second.probability);
    const both = {
      class: [first, other],
      method: [title(confirmed.choice.method), title(value)],
      layer: [confirmed.choice.layer, value],
      photo: [first, `${TEXT.exampleTitle(value, value)} · ${other}`],
    }[kind ?? "class"];
    for (const [i, node] of names.entries()) if (node.textContent !== both[i]) node.textContent = both[i];
    canvas.setAttribute("aria-label", BESIDE.picture(both[1]));
  }

  /** The second picture is looked at as the first one is. */
  follow() {
    const { first, stage, laid } = this;
    if (!this.wanted) return;
    const { wipe } = first.look;
    laid.line.hidden = wipe === null;
    if (wipe !== null) laid.line.style.left = `${100 * wipe}%`;
    const look = JSON.stringify({ ...first.look, lut: null, signedLut: null });
    if (look !== this.look || first.look.lut !== stage.look.lut) {
      this.look = look;
      stage.setLook({ ...first.look });
    }
    const [one, other] = [first.photo?.size, stage.photo?.size];
    if (!one || !other) return;
    const view = {
      zoom: first.view.zoom,
      x: (first.view.x / one[0]) * other[0],
      y: (first.view.y / one[1]) * other[1],
    };
    const apart = Object.entries(view).some(([name, v]) => Math.abs(v - Reflect.get(stage.view, name)) > 1e-6);
    if (!apart) return;
    Object.assign(stage.view, view);
    stage.zoomBy(1);
  }
}
