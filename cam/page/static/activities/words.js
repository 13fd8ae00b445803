// What the activities say; the sentences are in `locales`.

import { say } from "../language.js";
import { fixed, percent, wholePercent } from "../numbers.js";
import { spread } from "./shares.js";

/** @import { Shares } from "./shares.js" */

/** Texts that read as the words of the language in use. @template {string} K @param {Record<K, string>} ids @returns {Readonly<Record<K, string>>} */
function texts(ids) {
  const found = {};
  for (const [name, id] of Object.entries(ids))
    Object.defineProperty(found, name, { enumerable: true, get: () => say(/** @type {string} */ (id)) });
  return /** @type {Readonly<Record<K, string>>} */ (found);
}

/** @param {number} v */
const points = (v) => {
  const text = fixed(Math.abs(100 * v), 1);
  return say("page-cover-points", { number: `${v < 0 && !/^0[.,]0$/.test(text) ? "−" : "+"}${text}` });
};

/** @param {number[]} shares */
const median = (shares) => percent(spread(shares)?.median ?? NaN);

const PLAIN = texts({
  veiled: "page-guess-veiled",
  noMap: "page-cover-no-map",
  sameScale: "page-cover-same-scale",
  aim: "page-cover-aim",
  across: "page-cover-across",
});

export const WORDS = Object.assign(PLAIN, {
  cover: texts({ title: "page-try-cover", how: "page-cover-how", keys: "page-cover-keys", empty: "page-cover-empty" }),
  guess: texts({
    title: "page-try-guess",
    how: "page-guess-how",
    keys: "page-guess-keys",
    none: "page-guess-none",
    reveal: "page-guess-reveal",
    hide: "page-guess-hide",
    full: "page-guess-full",
    waiting: "page-guess-waiting",
    begin: "page-guess-begin",
    empty: "page-guess-empty",
  }),
  points,
  size: (/** @type {number} */ share) => say("page-pen-size", { share: wholePercent(share) }),
  rank: (/** @type {number} */ rank) => say("page-cover-rank", { rank }),
  coveredFacts: (/** @type {number} */ before, /** @type {number} */ after) =>
    say("page-cover-facts", { before: percent(before), after: percent(after), change: points(after - before) }),
  changed: (/** @type {string} */ name, /** @type {number} */ before, /** @type {number} */ after) =>
    say("page-cover-changed", { name, before: percent(before), after: percent(after) }),
  spotAt: (/** @type {string} */ x, /** @type {string} */ y) => say("page-pen-spot", { x, y }),
  boxAt: (
    /** @type {string} */ x,
    /** @type {string} */ y,
    /** @type {string} */ width,
    /** @type {string} */ height,
  ) => say("page-pen-box", { x, y, width, height }),
  kept: (/** @type {number} */ count) => say("page-guess-kept", { count }),
  nameless: (/** @type {number} */ number) => say("page-guess-number", { number }),
  remove: (/** @type {string} */ name) => say("page-guess-remove", { name }),
  beside: (/** @type {number} */ centre, /** @type {number} */ chance) =>
    say("page-guess-beside", { centre: percent(centre), chance: percent(chance) }),
  spread: (/** @type {Shares[]} */ shares) => {
    const all = spread(shares.map(({ share }) => share));
    return say("page-guess-spread", {
      count: all?.count ?? 0,
      median: percent(all?.median ?? NaN),
      least: percent(all?.least ?? NaN),
      most: percent(all?.most ?? NaN),
      centre: median(shares.map(({ centre }) => centre)),
      chance: median(shares.map(({ chance }) => chance)),
    });
  },
});
