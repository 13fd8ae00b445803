// The map of the second picture: the first one's own where the page has it, else asked for as another visitor's would be, one
// action at a time, so that the first picture is not disturbed. What would follow it is not asked for.

import { askSecond, clock } from "../connection.js";
import { decodeRanking, floatsOf } from "../protocol.js";
import { own } from "../said.js";
import { drawnClass, hasMap, rawMap } from "../state.js";

/** @import { Answer, Choice, Picture, Ranking, Said } from "../protocol.js" */
/** @import { Confirmed, OpenPhoto, State } from "../state.js" */

/** @typedef {"class" | "method" | "layer" | "photo"} Kind what differs between the two pictures */
/** @typedef {{kind: Kind, value: string}} Wanted */
/**
 * @typedef {{question: string, index: number, picture: Picture, photo: OpenPhoto, raw: Float32Array, local: boolean,
 *   probability: number}} Second `local`: the page had it
 */
/** @typedef {{take: (second: Second) => void, say: (sentence: Said | null) => void}} Listener */

export const KINDS = /** @type {const} */ (["class", "method", "layer", "photo"]);
const REST = 200; // ms until what the first picture rests on is asked for

/** What `beside=...` of an address names; null for nothing. @param {string | null} text @returns {Wanted | null} */
export function wantedOf(text) {
  const [kind, ...rest] = (text ?? "").split(":");
  const value = rest.join(":");
  return value && KINDS.some((one) => one === kind) ? { kind: /** @type {Kind} */ (kind), value } : null;
}

/** The part of an address that names it. @param {Wanted | null} wanted */
export const besideLink = (wanted) => (wanted ? `${wanted.kind}:${wanted.value}` : "");

/** The choice of the second picture. @param {Confirmed} confirmed @param {number} index the first one's class @param {Wanted} wanted @returns {Choice} */
export function choiceOf({ choice }, index, { kind, value }) {
  const same = { ...choice, class: index };
  if (kind === "class") return { ...same, class: Number(value) };
  if (kind === "photo") return { ...same, photo: { example: value } };
  if (kind === "method") return { ...same, method: value, effort: "exact" };
  return { ...same, layer: value };
}

/** The map that the page has; null where it has none. @param {State} state @param {Wanted} wanted @returns {Second | null} */
export function localSecond(state, { kind, value }) {
  const { confirmed } = state;
  const index = Number(value);
  if (!confirmed || kind !== "class" || !hasMap(state, index) || confirmed.picture.share < 1) return null;
  const probability = decodeRanking(confirmed.ranking)?.probabilities[index] ?? NaN;
  const { picture, photo } = confirmed;
  const question = `${picture.key} ${index}`;
  return { question, index, picture, photo, raw: rawMap(confirmed, index).slice(), local: true, probability };
}

/** @param {Listener} listener */
export function makeAsking({ take, say }) {
  let asked = ""; // the question that is answered or under way
  let mine = 0; // number of the last action
  let timer = 0;
  let open = false; // whether the server may still be at it
  /** @type {Record<string, Promise<HTMLImageElement>>} */
  const images = {};

  /** The second picture that belongs to a state; asked for once the first one rests. @param {State} state @param {Wanted} wanted */
  function want(state, wanted) {
    const { confirmed, pending } = state;
    if (!confirmed || pending) return;
    const choice = choiceOf(confirmed, drawnClass(state), wanted);
    const question = JSON.stringify(choice);
    if (question === asked) return;
    forget();
    asked = question;
    say(own("besideWaiting"));
    timer = window.setTimeout(ask, REST, question, choice, confirmed, wanted.kind === "photo");
  }

  /** What is under way is no longer wanted. */
  function forget() {
    clearTimeout(timer);
    if (open) askSecond("stop", { request_id: mine }).catch(() => {});
    asked = "";
    open = false;
    mine++;
  }

  /** @param {string} question @param {Choice} choice @param {Confirmed} first @param {boolean} other whether the photo is another one */
  async function ask(question, choice, first, other) {
    const number = clock();
    mine = number;
    open = true;
    const current = () => mine === number && asked === question;
    const shown = other ? { labels: first.shown.labels ?? "" } : first.shown;
    const wish = { ...choice, request_id: number, shown, own: "" };
    /** @type {OpenPhoto | null} */
    let photo = other ? null : first.photo;
    let probability = NaN;
    for (let what = /** @type {"act" | "more"} */ ("act"); current(); what = "more") {
      /** @type {Answer | null} */
      const answer = await askSecond(what, wish).catch((error) => {
        if (current()) say(error?.said ?? own("unreachable"));
        return null;
      });
      if (!current()) return;
      if (!answer?.version || answer.error) {
        open = false;
        return answer?.error && say(answer.error);
      }
      if (answer.photo) photo = await openPhoto(answer.photo, first.photo).catch(() => photo);
      if (!current()) return;
      const { picture } = answer;
      if (answer.ranking && picture) probability = shareIn(answer.ranking, picture.class);
      if (picture && photo) {
        const raw = floatsOf(picture.map);
        take({ question, index: picture.class, picture, photo, raw, local: false, probability });
        say(picture.share < 1 ? own("besidePart", picture.share) : null);
      } else if (answer.message) say(answer.message);
      if (!answer.more || answer.prefetch || (picture && picture.share >= 1)) break;
      await new Promise((done) => setTimeout(done, 1000 * (answer.after ?? 0)));
    }
    if (current()) open = false;
  }

  /** @param {NonNullable<Answer["photo"]>} photo @param {OpenPhoto} first @returns {Promise<OpenPhoto>} */
  async function openPhoto(photo, first) {
    if (!photo.url) return { ...first, view: photo.view };
    images[photo.id] ??= decoded(photo.url);
    return { ...photo, image: await images[photo.id] };
  }
  return { want, forget };
}

/** @param {string} url */
async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** @param {Ranking} ranking @param {number} index */
const shareIn = ({ probabilities }, index) => floatsOf(probabilities)[index] ?? NaN;
