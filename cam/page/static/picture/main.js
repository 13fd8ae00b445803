// The picture with its evidence and what stands around it: brings the state onto the stage.
//
// For tests the root element (.cx-root) has data-drawn (number of drawings), data-request (of the picture on show), data-class
// (the class that is wanted), data-shown (the class that is drawn), data-state ("empty", "computing", "improving" or "ready")
// and `cam`: heat() is a copy of the heat at the model's input size, ms() what the last drawing took, early() whether it was
// made ahead of its frame.

import { mapInstead } from "../activities/compare.js";
import { makeActivities } from "../activities/main.js";
import { act, rested, stop } from "../connection.js";
import { dress, finder, partsOf, write } from "../dom.js";
import { makeFindings } from "../findings/list.js";
import { makeMarks } from "../findings/marks.js";
import { makeFold } from "../fold.js";
import "../photos.js";
import "../predictions/names.js";
import { makePanel } from "../predictions/panel.js";
import { makeSearch } from "../predictions/search.js";
import { negativeShare } from "../protocol.js";
import { layBeside } from "../room/beside.js";
import { said } from "../said.js";
import { drawnClass, insteadOf, phase, rawMap, resumable, secondsLeft, seenEvidence, wantedClass } from "../state.js";
import { opening, store } from "../store.js";
import { makeTakeHome } from "../takehome/menu.js";
import { TEXT } from "../words.js";
import { makeAddress } from "./address.js";
import { makeScale } from "./brightness.js";
import { aloud, describe, head } from "./describe.js";
import { makeGestures } from "./gestures.js";
import { heatOf, summary } from "./heat.js";
import { makeLook } from "./look.js";
import { followWidth } from "./narrow.js";
import { makeSaving } from "./save.js";
import { reference, scaled } from "./scale.js";
import { afterPaint, makeStage } from "./stage.js";
import { makeStrip } from "./strip.js";

/** @import { Gradio } from "../connection.js" */
/** @import { Parts } from "../dom.js" */
/** @import { Confirmed, Evidence, Instead, SentPhoto, State } from "../state.js" */
/** @import { Heat, Summary } from "./heat.js" */
/** @import { Reference } from "./scale.js" */
/** @import { Stage } from "./stage.js" */

/**
 * @typedef {{confirmed: Confirmed, index: number, local: boolean, evidence: Evidence, heat: Heat, negative: number,
 *   facts: Summary, other: Summary | null, common: Reference | null, instead: Instead | null, scale: Heat, veiled: boolean}} Drawn
 *   what is drawn; `common`: what the common scale ends at, null for a map of its own brightness; `scale`: the heat that the
 *   legend is of, which is the one before the photo was covered
 */

const REST = 500; // ms without a change until it is said what is on show

/** @param {Gradio} gradio */
export async function mount({ element }) {
  const [{ colours, strip, lists }] = await Promise.all([opening, dress(element, "picture", import.meta.url)]);
  const root = finder(element)(".cx-root");
  const part = partsOf(root);
  name(part);
  followWidth(part, root);
  makeFold(part.moreLook, part.look, "cam-fold-look");
  const beside = layBeside(part, root, lists);
  const stage = makeStage(part, root);
  makeGestures(part, root, stage);
  const look = makeLook(part, stage, colours);
  makePanel(part);
  makeFindings(part);
  makeSearch(part);
  const showScale = makeScale(part);
  const tiles = makeStrip(part, stage, strip);
  makeActivities(part, root, stage);
  listen(part, root, stage, tiles);
  makeMarks(part, root, stage);
  /** @type {Drawn | null} */
  let drawn = null;
  stage.measure();
  store.subscribe((state) => {
    const { confirmed } = state;
    if (confirmed) root.dataset.request = String(confirmed.request_id);
    const photo = insteadOf(state)?.photo ?? confirmed?.photo;
    if (photo && stage.photo !== photo) stage.setPhoto(photo);
    drawn = draw(state, drawn, stage);
    look.legend(Boolean(drawn?.heat.signed));
    Object.assign(root.dataset, { state: phase(state), class: wantedClass(state), shown: drawn?.index ?? -1 });
    look.evidence(state);
    head(part, state, drawn);
    if (drawn) describe(part, drawn, state);
    if (drawn) showScale(drawn, state);
    work(part, state);
    if (confirmed && drawn) tiles.show(state);
    prepare(state, stage);
  });
  makeSaving(part, stage, () => drawn);
  makeTakeHome(part, stage);
  beside(stage);
  announce(part);
  skip(root);
  makeAddress(part, stage);
}

/** @param {Parts} part */
function name(part) {
  part.help.id = `cx${Math.random().toString(36).slice(2, 9)}-help`;
  part.canvas.setAttribute("aria-describedby", part.help.id);
}

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage @param {{paint: () => void}} tiles */
function listen(part, root, stage, tiles) {
  root.addEventListener("focusout", rested);
  part.stop.addEventListener("click", () => (resumable(store.state) ? act({}) : stop()));
  const heat = () => stage.heat?.values.slice() ?? null;
  Object.assign(root, { cam: { heat, ms: () => stage.cost, early: () => stage.early } });
  const afterDraw = stage.onDraw;
  stage.onDraw = () => {
    root.dataset.drawn = String(Number(root.dataset.drawn) + 1);
    afterDraw();
    tiles.paint();
  };
}

/**
 * Bring the map of the class that is drawn onto the stage, if it is not there yet.
 * @param {State} state @param {Drawn | null} drawn @param {Stage} stage @returns {Drawn | null}
 */
function draw(state, drawn, stage) {
  const { confirmed } = state;
  if (!confirmed) return null;
  const { picture, photo } = confirmed;
  const index = drawnClass(state);
  const local = picture.class !== index && !picture.class_blind;
  const evidence = seenEvidence(state);
  const common = state.scale === "common" ? reference(state, evidence, rawMap(confirmed, index)) : null;
  const instead = insteadOf(state);
  const same =
    drawn &&
    drawn.confirmed.picture === picture &&
    drawn.confirmed.photo === photo &&
    drawn.local === local &&
    drawn.evidence === evidence &&
    drawn.common?.peak === common?.peak &&
    drawn.instead === instead &&
    drawn.veiled === state.veiled &&
    !(local && drawn.index !== index);
  if (same) return drawn.index === index ? drawn : { ...drawn, index };
  const [h, w] = picture.shape;
  const raw = rawMap(confirmed, index);
  const [W, H] = photo.view.input;
  const scale = scaled(heatOf(raw, h, w, H, W, evidence), common?.peak ?? null);
  const heat = instead ? mapInstead(instead, index, scale, evidence) : scale;
  const facts = summary(heat, photo.view, photo.size);
  const other = heat.signed ? summary(heat, photo.view, photo.size, -1) : null;
  stage.setHeat(state.veiled ? null : heat);
  const negative = negativeShare(instead?.raw ?? raw);
  return {
    confirmed,
    index,
    local,
    evidence,
    heat,
    negative,
    facts,
    other,
    common,
    instead,
    scale,
    veiled: state.veiled,
  };
}

/** Say politely what came, once it rests: a class that was clicked, another method, how far a slow one is. @param {Parts} part */
function announce(part) {
  let last = TEXT.now(part.title.textContent ?? "", part.facts.textContent ?? "");
  let timer = 0;
  store.subscribe((state, before) => {
    if (state === before) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const words = aloud(store.state, part.title.textContent ?? "", part.facts.textContent ?? "", last);
      if (!words) return;
      last = words;
      part.spoken.textContent = words;
    }, REST);
  });
}

/** The first stop of the keyboard leads past the choices. @param {HTMLElement} root */
function skip(root) {
  const link = Object.assign(document.createElement("button"), { type: "button" });
  link.className = "cam-skip";
  const hide = () => {
    link.style.cssText =
      "position:fixed;top:0;left:0;z-index:99;width:24px;height:24px;overflow:hidden;opacity:0;pointer-events:none";
  };
  hide();
  link.onblur = hide;
  link.onfocus = () => {
    link.style.cssText = "position:fixed;top:8px;left:8px;z-index:99;padding:10px 16px;background:#fff;color:#111";
  };
  store.subscribe(() => write(link, TEXT.skip));
  link.onclick = () => finder(root)(":is(.cx-list, .cx-found-list):not([hidden] *, [hidden]) button").focus();
  document.body.prepend(link);
}

/** The sentence below the picture, and the progress. @param {Parts} part @param {State} state */
function work(part, state) {
  const { message, progress, stopping, asked } = state;
  const sentence = said(message);
  if (part.status.textContent !== sentence) part.status.textContent = sentence;
  const working = progress < 1;
  const rest = resumable(state);
  if (!working && !rest && document.activeElement === part.stop) part.canvas.focus({ preventScroll: true });
  const told = working && stopping === asked;
  part.stop.setAttribute("aria-disabled", String(told));
  part.stop.textContent = rest ? TEXT.resume : told ? TEXT.stopping : TEXT.stop;
  part.stop.title = rest ? TEXT.resumeHint : "";
  part.work.hidden = !working && !rest;
  /** @type {HTMLProgressElement} */ (part.progress).value = working ? 100 * progress : 100 * (rest || 1);
  const left = secondsLeft(state);
  const share = TEXT.computingShare(progress);
  part.share.textContent = working ? (left > 0 ? TEXT.left(share, left) : share) : rest ? TEXT.stopped(rest) : "";
}

/** @type {SentPhoto["pixels"] | null} */
let prepared = null;

/** The pixels of a photo that was sent are made ready for the stage while the server looks at it. @param {State} state @param {Stage} stage */
function prepare({ sent }, stage) {
  if (!sent || sent.pixels === prepared) return;
  prepared = sent.pixels;
  sent.pixels.then(
    (found) => afterPaint(() => stage.prepare(found)),
    () => {},
  );
}
