// What the state says of a class: its name in the page's language, its probability, its rank. Pure.

import { FOUND } from "../findings/words.js";
import { decodeRanking } from "../protocol.js";
import { TEXT } from "../words.js";

/** @import { State } from "../state.js" */

/** All classes, most probable first; null before there are any. @param {State} state */
export const ranked = ({ confirmed }) => decodeRanking(confirmed?.ranking);

/** The other names of a model's classes; null for other classes than ImageNet's. @param {State} state @param {string | undefined} classes */
export const otherNames = ({ names }, classes) => (names && names.id === classes ? names : null);

/**
 * The name of a class of any model in the page's language: `label` where there is no other.
 * @param {State} state @param {string | undefined} classes @param {number} index @param {string} label
 */
export const nameAmong = (state, classes, index, label) =>
  (state.language === "zh" && (otherNames(state, classes)?.zh[index] || state.names?.words?.[label])) || label;

/** The name of a class of the model on show. @param {State} state @param {number} index */
export const classNameOf = (state, index) =>
  nameAmong(state, state.confirmed?.shown.labels, index, state.confirmed?.labels[index] ?? TEXT.unnamed(index));

/** The name of a class, or of the class of a finding. @param {State} state @param {number} index */
export function labelOf(state, index) {
  const found = state.confirmed?.findings?.[index];
  return found ? nameAmong(state, state.confirmed?.shown.labels, found.index, found.label) : classNameOf(state, index);
}

/** The name of what is chosen: a class, or a finding with what tells it from others of its class. @param {State} state @param {number} index */
export function nameOf(state, index) {
  const found = state.confirmed?.findings?.[index];
  const name = labelOf(state, index);
  if (found?.own) return FOUND.own(name);
  return found?.box ? FOUND.box(name, found.probability, index + 1) : name;
}

/** Whether the classes may have got other names. @param {State} state @param {State} before */
export const renamed = (state, before) => state.language !== before.language || state.names !== before.names;

/** From 1; 0 for none. @param {State} state @param {number} index */
export const rankOf = (state, index) => ranked(state)?.rankOf[index] || 0;

/** @param {State} state @param {number} index */
export const shareOf = (state, index) => ranked(state)?.probabilities[index] ?? NaN;

/** @param {State} state */
export const countOf = (state) => ranked(state)?.order.length ?? state.confirmed?.labels.length ?? 0;
