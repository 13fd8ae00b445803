// The panel of an activity below the picture, its board beside it, and the pen that both activities draw with.

import { dress, partsOf, write } from "../dom.js";
import { wholePercent } from "../numbers.js";
import { actionOf } from "../room/keys.js";
import { store } from "../store.js";
import { makeCover } from "./cover.js";
import { makeGuess } from "./guess.js";
import { open } from "./main.js";
import { makePen } from "./pen.js";
import { WORDS } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { Activity, State } from "../state.js" */
/** @import { Hands } from "./pen.js" */

/** @typedef {{hands: Hands, open: () => void, close: () => void, show: (state: State, before: State) => void}} Trial one activity */

const PHONE = "(max-width: 700px)";

/** @param {Parts} part @param {Stage} stage */
export async function makePanel(part, stage) {
  await Promise.all([dress(part.activity, "tools", import.meta.url), dress(part.board, "board", import.meta.url)]);
  /** @type {Parts} */
  const own = {
    ...partsOf(part.activity),
    ...partsOf(part.board),
    board: part.board,
    spoken: part.spoken,
    uncovered: part.uncovered,
  };
  const pen = makePen(part, stage);
  /** @type {Record<string, Trial>} */
  const trials = { cover: makeCover(own, stage, pen), guess: makeGuess(own, stage, pen) };
  /** @type {Activity} */
  let now = "";
  const sizes = { cover: 0.09, guess: 0.2 }; // of the brush, as each activity left it
  const slider = /** @type {HTMLInputElement} */ (own.penSize);
  const showSize = () => {
    slider.value = String(pen.size);
    slider.style.setProperty(
      "--cx-fill",
      `${(100 * (pen.size - Number(slider.min))) / (Number(slider.max) - Number(slider.min))}%`,
    );
    slider.setAttribute("aria-valuetext", wholePercent(2 * pen.size));
    write(own.penSizeName, WORDS.size(2 * pen.size));
  };
  pen.onSize = showSize;
  slider.addEventListener("input", () => pen.setSize(Number(slider.value)));
  const leave = () => {
    open("");
    focusOn(now);
  };
  own.activityClose.addEventListener("click", leave);
  for (const place of [part.activity, part.board, pen.canvas])
    place.addEventListener("keydown", (event) => {
      if (actionOf("pen", event) !== "leave" || event.isComposing) return;
      event.preventDefault(); // the mode for a projector stays
      leave();
    });

  /** The board stands on top of the column beside the picture; on a phone below the panel, and the predictions below that. */
  const place = () => {
    const phone = matchMedia(PHONE).matches;
    if (!phone) part.centre.nextElementSibling?.prepend(part.board);
    else if (now) part.activity.after(part.board, part.classesCard);
    else part.status.after(part.classesCard);
  };
  matchMedia(PHONE).addEventListener("change", () => setTimeout(place)); // after the picture's own
  const words = () => {
    if (!now) return;
    write(own.activityTitle, WORDS[now].title);
    write(own.activityHow, WORDS[now].how);
    pen.canvas.setAttribute("aria-label", WORDS[now].keys);
    showSize();
  };
  store.subscribe((state, before) => {
    if (state.language !== before.language) words();
    if (now) trials[now].show(state, before);
  });

  return (/** @type {Activity} */ name, /** @type {boolean} */ byHand) => {
    if (name === now) return;
    if (now) {
      trials[now].close();
      sizes[now] = pen.size;
    }
    now = name;
    part.activity.hidden = part.board.hidden = !name;
    place();
    if (!name) return pen.close();
    for (const one of ["cover", "guess"]) for (const node of toolsOf(own, one)) node.hidden = one !== name;
    words();
    trials[name].open();
    pen.open(trials[name].hands);
    pen.setSize(sizes[name]);
    trials[name].show(store.state, store.state);
    if (byHand) pen.canvas.focus({ preventScroll: true });
  };
}

/** @param {Parts} own @param {string} name */
const toolsOf = (own, name) => [own[`${name}Tools`], own[`${name}Board`]];

/** @param {string} name */
function focusOn(name) {
  const button = document.querySelector(`.cx-try [data-activity="${name}"]`);
  if (button instanceof HTMLElement) button.focus();
}
