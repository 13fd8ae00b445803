// "Guess first": people say where they think the evidence lies while the map is hidden; then it is shown, and each guess is
// measured. All of it happens here, from the map that is on show. Draws into parts that are given.
//
// For tests the board has data-guesses, data-veiled and `cam`: shares() are those of each guess.

import { write } from "../dom.js";
import { drawnClass, phase, rawMap } from "../state.js";
import { store } from "../store.js";
import { edge } from "./covered.js";
import { colourOf, itemOf, plotOf } from "./room.js";
import { evidenceOf, sharesOf } from "./shares.js";
import { WORDS } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { State } from "../state.js" */
/** @import { Trial } from "./panel.js" */
/** @import { At, makePen } from "./pen.js" */
/** @import { Shares } from "./shares.js" */
/** @import { Shape } from "./strokes.js" */

/** @typedef {{name: string, shapes: Shape[]}} Guess `name` "" is its number */

const MOST = 40; // guesses on a board

/** @param {Parts} own @param {Stage} stage @param {ReturnType<typeof makePen>} pen @returns {Trial} */
export function makeGuess(own, stage, pen) {
  return new Board(own, stage, pen);
}

class Board {
  /** @type {Guess[]} */
  guesses = [];
  /** @type {Shape[]} */
  now = []; // of the guess that is being drawn
  /** @type {Shares[]} */
  shares = [];

  /** @param {Parts} own @param {Stage} stage @param {ReturnType<typeof makePen>} pen */
  constructor(own, stage, pen) {
    this.own = own;
    this.stage = stage;
    this.pen = pen;
    this.field = /** @type {HTMLInputElement} */ (own.guessName);
    own.guessUndo.addEventListener("click", () => this.undo());
    own.guessNext.addEventListener("click", () => this.next());
    own.guessReveal.addEventListener("click", () => this.turn());
    own.guessAnew.addEventListener("click", () => this.anew());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      this.next();
      pen.canvas.focus();
    });
    window.addEventListener("resize", () => store.state.activity === "guess" && this.draw()); // letters on a wall are larger
    Object.assign(own.board, { cam: { shares: () => this.shares } });
  }

  /** @type {import("./pen.js").Hands} */
  hands = {
    tool: () => "brush",
    ready: () => store.state.veiled && this.guesses.length < MOST,
    done: (shape) => {
      this.now = [...this.now, shape];
      this.draw();
    },
    aim: () => false,
    undo: () => this.undo(),
    draw: (ctx, at) => this.paint(ctx, at),
    tell: ([x, y]) => {
      this.own.spoken.textContent = WORDS.spotAt(x, y);
    },
  };

  open() {
    this.own.penSizeField.hidden = false;
    this.draw();
  }

  close() {
    if (store.state.veiled) store.set({ veiled: false });
  }

  // ---- guessing ----

  undo() {
    if (!store.state.veiled) return;
    this.now = this.now.slice(0, -1);
    this.draw();
  }

  /** What is drawn goes on the board. */
  next() {
    if (!this.now.length || this.guesses.length >= MOST) return;
    this.guesses = [...this.guesses, { name: this.field.value.trim().slice(0, 24), shapes: this.now }];
    this.now = [];
    this.field.value = "";
    this.draw();
    this.own.spoken.textContent = WORDS.kept(this.guesses.length);
  }

  /** Show the map, or hide it for further guesses. */
  turn() {
    this.next();
    if (!this.guesses.length && store.state.veiled) {
      write(this.own.activitySaid, WORDS.guess.none);
      return;
    }
    store.set({ veiled: !store.state.veiled });
  }

  anew() {
    this.guesses = [];
    this.now = [];
    store.set({ veiled: true });
    this.draw();
    this.pen.canvas.focus();
  }

  /** @param {number} at */
  remove(at) {
    this.guesses = this.guesses.filter((_, i) => i !== at);
    this.measure();
    this.draw();
    const rest = this.own.guessList.querySelectorAll("button");
    (rest[Math.min(at, rest.length - 1)] ?? this.own.guessReveal).focus();
  }

  /** @param {State} state @param {State} before */
  show(state, before) {
    const { confirmed } = state;
    if (!confirmed) return;
    const other = before.confirmed && confirmed.photo.id !== before.confirmed.photo.id;
    if (other) {
      this.guesses = [];
      this.now = [];
      if (!state.veiled) return store.set({ veiled: true });
    }
    const map = confirmed.picture !== before.confirmed?.picture || drawnClass(state) !== drawnClass(before);
    const turned = state.veiled !== before.veiled || state === before || phase(state) !== phase(before);
    if (!map && !turned && !other && state.language === before.language) return;
    this.measure();
    this.draw();
    if (turned && !state.veiled && state !== before) this.own.spoken.textContent = this.own.guessSpread.textContent;
  }

  /** How much of the evidence lies under each guess; nothing as long as the map is hidden. */
  measure() {
    const { confirmed, veiled } = store.state;
    this.shares = [];
    if (veiled || !confirmed || !this.guesses.length) return;
    const { shape } = confirmed.picture;
    const { view } = confirmed.photo;
    const evidence = evidenceOf(rawMap(confirmed, drawnClass(store.state)), shape[0], shape[1], view);
    this.shares = this.guesses.map(({ shapes }) => sharesOf(evidence, shapes, view));
  }

  // ---- drawing ----

  /** @param {Guess} guess @param {number} at */
  nameOf = ({ name }, at) => name || WORDS.nameless(at + 1);

  draw() {
    const { own, guesses, shares } = this;
    const { veiled } = store.state;
    const full = guesses.length >= MOST;
    own.board.dataset.guesses = String(guesses.length);
    own.board.dataset.veiled = String(veiled);
    this.field.placeholder = WORDS.nameless(guesses.length + 1);
    own.guessDrawing.hidden = own.guessUndo.hidden = own.guessNext.hidden = !veiled;
    for (const button of [own.guessUndo, own.guessNext]) button.setAttribute("aria-disabled", String(!this.now.length));
    own.guessAnew.setAttribute("aria-disabled", String(!guesses.length && !this.now.length));
    write(own.guessReveal, veiled ? WORDS.guess.reveal : WORDS.guess.hide);
    write(own.activitySaid, full && veiled ? WORDS.guess.full : veiled && guesses.length ? WORDS.guess.waiting : "");
    const items = guesses.map((guess, at) =>
      itemOf(at, this.nameOf(guess, at), shares[at] ?? null, () => this.remove(at)),
    );
    own.guessList.replaceChildren(...items);
    own.guessList.hidden = !items.length;
    own.guessKey.hidden = !shares.length;
    const found = shares.filter(({ share }) => share >= 0);
    own.guessPlot.replaceChildren(...(found.length ? [plotOf(shares)] : []));
    const empty = shares.length && !found.length ? WORDS.guess.empty : "";
    write(own.guessSpread, found.length ? WORDS.spread(shares) : empty || (guesses.length ? "" : WORDS.guess.begin));
    this.pen.paint();
  }

  /** The guess that is being drawn, or all of them once the map is shown. @param {CanvasRenderingContext2D} ctx @param {At} at */
  paint(ctx, at) {
    if (!store.state.veiled) for (const [i, { shapes }] of this.guesses.entries()) ring(ctx, shapes, at, i);
    else if (this.now.length) ring(ctx, this.now, at, this.guesses.length);
  }
}

/** The outline of a guess in its colour, with its number. @param {CanvasRenderingContext2D} ctx @param {Shape[]} shapes @param {At} at @param {number} index */
function ring(ctx, shapes, at, index) {
  const { k, left, top } = at;
  edge(ctx, shapes, at, [
    ["black", 3.5],
    [colourOf(index), 2.5],
  ]);
  const [x, y] = shapes[0].points[0];
  label(ctx, left + x * k, top + y * k, String(index + 1), colourOf(index));
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {string} words @param {string} colour */
function label(ctx, x, y, words, colour) {
  ctx.font = "700 14px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.beginPath();
  ctx.arc(x, y, 11, 0, 7);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = "black";
  ctx.stroke();
  ctx.fillStyle = "black";
  ctx.fillText(words, x, y + 0.5);
}
