// "Cover it": parts of the photo are painted over, and the model looks again. Strokes go out, predictions and a map come in;
// of several questions the last counts. Draws into parts that are given.
//
// For tests the board has data-number (of the answer on show), data-asked, data-ms (from lifting the hand to the new map on
// the screen) and data-strokes.

import { call, chooseClass } from "../connection.js";
import { write } from "../dom.js";
import { afterPaint } from "../picture/stage.js";
import { nameOf } from "../predictions/classes.js";
import { floatsOf } from "../protocol.js";
import { own as ownWords, said } from "../said.js";
import { drawnClass, phase, rawMap } from "../state.js";
import { store } from "../store.js";
import { showPair, showRows } from "./before.js";
import { rowsOf } from "./compare.js";
import { edge, makeCovered } from "./covered.js";
import { fits, middleOf } from "./strokes.js";
import { WORDS } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { Covered, Said, Stroke } from "../protocol.js" */
/** @import { Instead, OpenPhoto, State } from "../state.js" */
/** @import { Trial } from "./panel.js" */
/** @import { makePen } from "./pen.js" */
/** @import { Place, Shape } from "./strokes.js" */

const KEPT = 24; // answers, so that what is undone is there at once
const LATER = 500; // ms until it is asked for again where others come first
const PAGE = [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");

/** @param {Parts} own @param {Stage} stage @param {ReturnType<typeof makePen>} pen @returns {Trial} */
export function makeCover(own, stage, pen) {
  return new Cover(own, stage, pen);
}

class Cover {
  /** @type {Stroke[]} */
  strokes = [];
  /** @type {Stroke["kind"]} */
  kind = "grey";
  /** @type {Shape["tool"]} */
  tool = "brush";
  /** @type {Place | null} */
  source = null; // where a patch is taken from
  aiming = false;
  asked = 0;
  question = "";
  timer = 0;
  since = 0;
  /** @type {Map<string, Covered>} */
  kept = new Map();
  /** @type {Said | "" | null} */
  error = null;
  /** @type {{photo: OpenPhoto, canvas: ReturnType<typeof makeCovered>, shown: OpenPhoto} | null} */
  sheet = null;
  /** @type {Instead | null} */
  seen = null; // what is shown while "After" is
  plain = false; // "Before" is shown

  /** @param {Parts} own @param {Stage} stage @param {ReturnType<typeof makePen>} pen */
  constructor(own, stage, pen) {
    Object.assign(this, { own, stage, pen });
    this.own = own;
    this.stage = stage;
    this.pen = pen;
    choices(own.coverTool, (value) => this.choose({ tool: /** @type {Shape["tool"]} */ (value) }));
    choices(own.coverKind, (value) => this.choose({ kind: /** @type {Stroke["kind"]} */ (value), aiming: false }));
    own.coverSource.addEventListener("click", () => this.choose({ aiming: !this.aiming }));
    own.coverUndo.addEventListener("click", () => this.undo());
    own.coverReset.addEventListener("click", () => this.change([]));
    choices(own.coverShown, (value) => {
      this.plain = value === "before";
      this.stand();
    });
  }

  /** @type {import("./pen.js").Hands} */
  hands = {
    tool: () => this.tool,
    ready: () => Boolean(store.state.confirmed),
    done: (shape, since) => this.add(shape, since),
    aim: (place) => this.aim(place),
    undo: () => this.undo(),
    draw: (ctx, at) => this.draw(ctx, at),
    tell: ([x, y, width, height]) => {
      this.own.spoken.textContent = this.tool === "box" ? WORDS.boxAt(x, y, width, height) : WORDS.spotAt(x, y);
    },
  };

  open() {
    this.controls();
    if (this.strokes.length) this.ask();
  }

  close() {
    this.own.uncovered.hidden = true;
    clearTimeout(this.timer);
    this.aiming = false;
    this.question = "";
  }

  /** @param {Partial<Pick<Cover, "tool" | "kind" | "aiming">>} changes */
  choose(changes) {
    Object.assign(this, changes);
    this.controls();
    this.pen.paint();
  }

  controls() {
    const { own, strokes } = this;
    press(own.coverTool, this.tool);
    press(own.coverKind, this.kind);
    press(own.coverShown, this.plain ? "before" : "after");
    own.coverSource.hidden = this.kind !== "patch";
    own.coverSource.setAttribute("aria-pressed", String(this.aiming));
    for (const button of [own.coverUndo, own.coverReset, ...own.coverShown.children])
      button.setAttribute("aria-disabled", String(!strokes.length));
    own.uncovered.hidden = !strokes.length;
    own.board.dataset.strokes = String(strokes.length);
    own.penSizeField.hidden = this.tool === "box";
    const across = this.kind === "patch" && !this.source ? WORDS.across : "";
    const aim = this.aiming ? WORDS.aim : "";
    write(own.activitySaid, aim || said(this.error) || across);
  }

  // ---- strokes ----

  /** @param {Place} place */
  aim(place) {
    if (!this.aiming) return false;
    this.source = place;
    this.choose({ aiming: false });
    return true;
  }

  /** What lies where the patch is taken from; without a choice, across the middle of the photo. @param {Shape} shape @returns {Place} */
  shift(shape) {
    const [x, y] = middleOf(shape);
    const [width, height] = this.stage.photo?.size ?? [1, 1];
    const [toX, toY] = this.source ?? [width - x, height - y];
    return [Math.round(toX - x), Math.round(toY - y)];
  }

  /** @param {Shape} shape @param {number} since */
  add(shape, since) {
    const stroke = {
      kind: this.kind,
      ...shape,
      shift: this.kind === "patch" ? this.shift(shape) : /** @type {Place} */ ([0, 0]),
    };
    if (!fits(this.strokes, stroke)) {
      this.error = ownWords("activity.full");
      return this.controls();
    }
    this.change([...this.strokes, stroke], since);
  }

  undo() {
    if (this.strokes.length) this.change(this.strokes.slice(0, -1));
  }

  /** @param {Stroke[]} strokes @param {number} [since] */
  change(strokes, since = performance.now()) {
    if (strokes.length === this.strokes.length) return;
    this.strokes = strokes;
    this.since = since;
    this.plain = false;
    this.error = null;
    this.ask();
    this.controls();
  }

  // ---- asking ----

  /** Ask what the model makes of the covered photo, or take what it said before. */
  ask() {
    const { confirmed } = store.state;
    clearTimeout(this.timer);
    if (!confirmed || !this.strokes.length) return this.clear();
    const wish = { ...confirmed.choice, class: drawnClass(store.state), strokes: this.strokes };
    this.question = JSON.stringify(wish);
    const kept = this.kept.get(this.question);
    if (!kept) this.send(wish, this.question, ++this.asked);
    this.own.board.dataset.asked = String(this.asked);
    this.sheet = this.sheetOf(confirmed.photo);
    this.sheet.canvas.paint(this.strokes);
    this.sheet.shown = { ...confirmed.photo, image: this.sheet.canvas.canvas };
    const before = this.seen?.picture === confirmed.picture ? this.seen : null;
    this.seen = {
      picture: confirmed.picture,
      photo: this.sheet.shown,
      index: before?.index ?? drawnClass(store.state),
      raw: before ? before.raw : rawMap(confirmed, drawnClass(store.state)), // until there is an answer
      ranking: before?.ranking ?? confirmed.ranking,
    };
    if (kept) this.take(kept);
    else this.stand();
  }

  /** @param {object} wish @param {string} question @param {number} number */
  async send(wish, question, number) {
    /** @type {{busy?: boolean, overtaken?: boolean, error?: Said} & Partial<Covered>} */
    const answer = await call("cover_photo", { ...wish, page: PAGE, number }).catch((error) => ({
      error: error?.said ?? ownWords("unreachable"),
    }));
    if (number !== this.asked || question !== this.question) return; // a later stroke overtook it
    if (answer.busy) {
      this.timer = window.setTimeout(() => this.send(wish, question, ++this.asked), LATER);
      return;
    }
    if (!answer.ranking) {
      this.error = answer.error ?? ownWords("unreachable");
      return this.fail();
    }
    const covered = /** @type {Covered} */ (answer);
    this.kept.set(question, covered);
    for (const old of [...this.kept.keys()].slice(0, -KEPT)) this.kept.delete(old);
    this.take(covered);
  }

  /** The photo alone, without what was said of other strokes. */
  fail() {
    const { confirmed } = store.state;
    this.seen = this.seen && confirmed && { ...this.seen, raw: null, ranking: confirmed.ranking };
    this.stand();
    this.controls();
    this.rows();
    this.pair();
  }

  /** @param {Covered} covered */
  take(covered) {
    if (!this.seen) return;
    const raw = covered.map ? floatsOf(covered.map) : null;
    this.seen = { ...this.seen, index: covered.class, raw, ranking: covered.ranking };
    this.error = covered.why || null;
    this.stand();
    this.controls();
    this.rows();
    const { board } = this.own;
    const { since } = this;
    afterPaint(() => {
      board.dataset.ms = String(performance.now() - since);
      board.dataset.number = String(covered.number);
      this.pair();
    });
  }

  /** @param {OpenPhoto} photo */
  sheetOf(photo) {
    if (this.sheet?.photo.image === photo.image) return this.sheet;
    return { photo, canvas: makeCovered(photo), shown: photo };
  }

  clear() {
    this.question = "";
    this.asked++; // what is on its way is of no use any more
    this.seen = null;
    this.plain = false;
    this.stand();
    this.rows();
    this.pair();
  }

  /** Show the covered photo, or the one before. */
  stand() {
    store.set({ instead: this.plain ? null : this.seen });
    press(this.own.coverShown, this.plain ? "before" : "after");
    this.pen.paint();
  }

  // ---- drawing ----

  /** @param {State} state @param {State} before */
  show(state, before) {
    const { confirmed } = state;
    if (!confirmed) return;
    if (before.confirmed && confirmed.photo.id !== before.confirmed.photo.id) {
      this.strokes = [];
      this.source = null;
      this.sheet = null;
      this.controls();
      return this.clear();
    }
    if (state.evidence !== before.evidence || state.scale !== before.scale) this.pair();
    const other = confirmed.picture !== before.confirmed?.picture || drawnClass(state) !== drawnClass(before);
    if (state === before || state.language !== before.language || state.names !== before.names || other) {
      this.rows();
      this.controls();
    }
    if (state !== before && other && phase(state) === "ready" && this.strokes.length) {
      this.since = performance.now();
      this.ask();
    } else if (!this.strokes.length && (other || state === before)) this.pair();
  }

  /** The predictions before and after. */
  rows() {
    const { confirmed } = store.state;
    if (!confirmed) return;
    const after = this.seen?.ranking ?? confirmed.ranking;
    const covered = after !== confirmed.ranking;
    const rows = rowsOf(confirmed.ranking, after);
    const chosen = drawnClass(store.state);
    showRows(this.own, rows, chosen, (index) => nameOf(store.state, index), chooseClass, covered);
    const first = rows.find(({ index }) => index === chosen) ?? rows[0];
    if (covered && first)
      this.own.spoken.textContent = WORDS.changed(nameOf(store.state, first.index), first.before, first.after);
  }

  /** Both pictures, small, side by side. */
  pair() {
    const { confirmed } = store.state;
    if (confirmed) showPair(this.own, confirmed, this.seen, drawnClass(store.state), store.state, this.stage.look);
  }

  /** The edges of what is covered, which the heat on it hides; and where a patch is taken from. @param {CanvasRenderingContext2D} ctx @param {import("./pen.js").At} at */
  draw(ctx, at) {
    if (this.strokes.length && !this.plain)
      edge(ctx, this.strokes, at, [
        ["rgb(0 0 0 / 0.8)", 2.5],
        ["white", 1.2],
      ]);
    this.drawSource(ctx, at);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {import("./pen.js").At} at */
  drawSource(ctx, { k, left, top }) {
    if (this.kind !== "patch" || !this.source) return;
    const [x, y] = [left + this.source[0] * k, top + this.source[1] * k];
    for (const [colour, width] of /** @type {[string, number][]} */ ([
      ["rgb(0 0 0 / 0.75)", 5],
      ["white", 2.5],
    ])) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.beginPath();
      ctx.arc(x, y, 9, 0, 7);
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ]) {
        ctx.moveTo(x + 5 * dx, y + 5 * dy);
        ctx.lineTo(x + 15 * dx, y + 15 * dy);
      }
      ctx.stroke();
    }
  }
}

/** Buttons of a group, one of which is pressed. @param {HTMLElement} group @param {(value: string) => void} choose */
export function choices(group, choose) {
  group.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button && button.getAttribute("aria-disabled") !== "true") choose(button.value);
  });
}

/** @param {HTMLElement} group @param {string} value */
export function press(group, value) {
  for (const button of /** @type {HTMLCollectionOf<HTMLButtonElement>} */ (group.children))
    button.setAttribute("aria-pressed", String(button.value === value));
}
