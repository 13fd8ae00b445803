// The words around the picture: its title, the sentence on it, the legend's ends, the card in words and the alternative text.
// Knows the state and what is drawn; the sentences themselves are in `words.js`.

import { lacks, shareAfter } from "../activities/compare.js";
import { WORDS } from "../activities/words.js";
import { write } from "../dom.js";
import { together } from "../language.js";
import { duration, percent } from "../numbers.js";
import { countOf, nameOf, rankOf, shareOf } from "../predictions/classes.js";
import { rivalsAt } from "../protocol.js";
import { localMaps, phase, seenEvidence, wantedClass } from "../state.js";
import { TEXT } from "../words.js";
import { weakness } from "./scale.js";

/** @import { Parts } from "../dom.js" */
/** @import { Picture } from "../protocol.js" */
/** @import { Confirmed, Evidence, State } from "../state.js" */
/** @import { Drawn } from "./main.js" */

/** @param {Parts} part @param {State} state @param {Drawn | null} drawn */
export function head(part, state, drawn) {
  const { confirmed } = state;
  const now = phase(state);
  part.placeholder.hidden = Boolean(confirmed);
  part.centre.classList.toggle("cx-computing", now === "computing");
  if (!confirmed || !drawn) return;
  const { picture } = confirmed;
  const wanted = wantedClass(state);
  const rank = rankOf(state, wanted);
  const time = now === "computing" ? TEXT.computing : drawn.local ? TEXT.instant : duration(picture.seconds);
  const detail = picture.at.detail === 1 ? "" : TEXT.detail(picture.at.detail);
  const place = rank && !confirmed.findings ? TEXT.rank(rank, countOf(state)) : "";
  const facts = [percent(shareOf(state, wanted)), place, ...ways(confirmed), detail, time];
  const usual = picture.class_blind ? [nameOf(state, wanted), ...facts] : facts;
  const answered = drawn.instead && drawn.instead.ranking !== confirmed.ranking;
  const after = answered && drawn.instead ? shareAfter(drawn.instead, wanted) : NaN;
  const line = drawn.instead ? [answered ? WORDS.coveredFacts(shareOf(state, wanted), after) : ""] : usual;
  write(part.title, heading(confirmed, nameOf(state, wanted), seenEvidence(state)));
  write(part.facts, line.filter(Boolean).join(" · "));
  const bare = drawn.instead && lacks(drawn.instead, drawn.index); // the photo alone
  const words = bare ? "" : onPicture(drawn, nameOf(state, wanted));
  const note = now === "computing" ? TEXT.still(nameOf(state, drawn.index)) : words;
  write(part.note, note);
  part.note.hidden = !note || drawn.veiled;
}

/** How the map was made, beside its method. @param {Confirmed} confirmed */
const ways = ({ picture, choice }) => [
  picture.combination && TEXT.combination.title(choice.combine),
  picture.effort && TEXT.effort.title(choice.effort),
];

/** What a map that is the same for every class shows, in words. @param {Picture} picture */
const blind = ({ at }) => Object.entries(TEXT.blind).find(([name]) => name === at.method)?.[1] ?? TEXT.blind.activity;

/** What the map shows, and what it does not. @param {Picture} picture */
export function honesty(picture) {
  if (picture.class_blind) return blind(picture).honest;
  return picture.layer_blind ? TEXT.honestWhole : TEXT.honest;
}

/** The title; of a map that is not finished it says so, however it is shown. @param {Confirmed} confirmed @param {string} label @param {Evidence} seen */
export function heading({ picture }, label, seen) {
  const words = picture.class_blind
    ? blind(picture).title
    : (picture.contrast ? TEXT.contrast : TEXT.evidence)[seen](label);
  return picture.share < 1 ? TEXT.unfinished(words, picture.share) : words;
}

/**
 * What a screen reader is told: the new picture, or how far it is, in quarters; "" for nothing new.
 * @param {State} state @param {string} title @param {string} facts @param {string} last what was told
 */
export function aloud(state, title, facts, last) {
  if (state.progress < 1) {
    const quarter = Math.floor(4 * state.progress) / 4;
    const words = TEXT.computingShare(quarter);
    return words === last ? "" : words;
  }
  if (phase(state) !== "ready") return "";
  const words = TEXT.now(title, facts);
  return words === last ? "" : words;
}

/** The sentence on a picture that shows nothing. @param {Drawn} drawn @param {string} label */
function onPicture({ heat, confirmed, evidence }, label) {
  if (heat.flat) return TEXT.flat;
  if (!heat.empty) return "";
  return confirmed.picture.class_blind
    ? TEXT.noActivity
    : TEXT.noEvidence[evidence](label, !confirmed.picture.layer_blind);
}

/** @type {unknown[]} */
let described = []; // what the words were made from

/** The legend, the honest sentence and the card in words; the same words are the picture's alternative text. @param {Parts} part @param {Drawn} drawn @param {State} state */
export function describe(part, drawn, state) {
  const from = [drawn, state.language, state.names, state.confirmed?.classes]; // a class is weak beside others
  if (from.every((one, i) => one === described[i])) return;
  described = from;
  if (drawn.veiled) return veil(part);
  const { scale: heat, index, confirmed, evidence } = drawn;
  const { picture } = confirmed;
  const [least, end] = drawn.common ? [0, drawn.common.peak] : [heat.low, heat.high];
  const full = least + heat.full * (end - least);
  write(part.least, heat.signed ? TEXT.end(-full) : TEXT.bare(heat.empty ? 0 : least));
  const most = drawn.common
    ? drawn.common.index < 0
      ? TEXT.maximum(end, picture.unit)
      : TEXT.commonMaximum(end, picture.unit, nameOf(state, drawn.common.index))
    : heat.signed
      ? TEXT.end(heat.high)
      : TEXT.maximum(heat.peak, picture.unit);
  write(part.most, heat.full < 1 ? TEXT.fullFrom(full, most) : most);
  write(part.honest, honesty(picture));
  part.blind.hidden = !picture.class_blind;
  write(part.blind, picture.class_blind ? TEXT.sameForAll(TEXT.method.title(picture.at.method)) : "");
  const words = sentences(drawn, state);
  const items = part.glance.children;
  while (items.length > words.length) items[words.length].remove();
  while (items.length < words.length) part.glance.append(document.createElement("li"));
  for (const [i, sentence] of words.entries()) write(/** @type {HTMLElement} */ (items[i]), sentence);
  const label = nameOf(state, index);
  part.canvas.setAttribute("aria-label", TEXT.picture(heading(confirmed, label, evidence), together(words)));
}

/** No word of a map that people guess. @param {Parts} part */
function veil(part) {
  for (const name of ["least", "most", "scaleNote"]) write(part[name], "");
  part.glance.replaceChildren();
  part.canvas.setAttribute("aria-label", WORDS.veiled);
}

/** @param {Drawn} drawn @param {State} state */
function sentences(drawn, state) {
  if (drawn.instead && lacks(drawn.instead, drawn.index)) return [WORDS.noMap];
  const { heat, index, confirmed, facts, local } = drawn;
  const { picture, photo } = confirmed;
  const words = heat.signed && !heat.empty ? wordsOfBoth(drawn) : wordsOfOne(drawn);
  const maps = local ? localMaps(confirmed) : null;
  const rivals = maps ? rivalsAt(maps, maps.positionOf.get(index) ?? 0) : picture.rivals;
  if (picture.contrast && rivals.length) words.unshift(TEXT.others(rivals.map((rival) => nameOf(state, rival))));
  const weak = weakness(state.confirmed ?? confirmed, index, drawn.evidence);
  if (weak) words.unshift(TEXT.veryWeak(weak.share, nameOf(state, weak.top)));
  if (heat.full < 1) words.push(TEXT.fullColour(heat.full));
  if (drawn.instead) words.unshift(WORDS.sameScale);
  if (picture.at.detail !== 1) words.push(TEXT.finer(picture.at.detail, photo.view.input));
  if (picture.effort && picture.correlation) words.push(TEXT.approximate(...picture.correlation));
  if (facts.seen < 0.995) words.push(TEXT.seen(facts.seen));
  return words;
}

/** The three thirds of a side. @param {number} at in [0, 1] @returns {0 | 1 | 2} */
export const third = (at) => (at < 1 / 3 ? 0 : at > 2 / 3 ? 2 : 1);

/** @param {Drawn} drawn */
export function wordsOfOne({ confirmed, heat, facts, negative, evidence }) {
  const cut = evidence === "against" ? 1 - negative : negative;
  const words = heat.flat
    ? [TEXT.flat]
    : heat.empty
      ? [TEXT.nothing(!confirmed.picture.layer_blind)]
      : [TEXT.strongest(third(facts.y), third(facts.x)), TEXT.aboveHalf(facts.above)];
  if (evidence !== "both") words.push(cut > 0 ? TEXT.cut[evidence](cut) : TEXT.nothingCut[evidence]);
  if (!heat.empty && heat.low > 0.05 * heat.high) words.push(TEXT.floor(heat.low / heat.high));
  return words;
}

/** @param {Drawn} drawn */
function wordsOfBoth({ facts, other, negative }) {
  return [
    facts.best > 0 ? TEXT.strongestFor(third(facts.y), third(facts.x)) : TEXT.nothingFor,
    other && other.best > 0 ? TEXT.strongestAgainst(third(other.y), third(other.x)) : TEXT.nothingAgainst,
    TEXT.balance(negative),
  ];
}
