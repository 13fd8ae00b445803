// What the state says of a class: its name, its probability, its rank. Pure.

import { decodeRanking } from "../protocol.js";

/** @import { State } from "../state.js" */

/** All classes, most probable first; null before there are any. @param {State} state */
export const ranked = ({ confirmed }) => decodeRanking(confirmed?.ranking);

/** @param {State} state @param {number} index */
export const nameOf = ({ confirmed }, index) => confirmed?.labels[index] ?? `class ${index}`;

/** From 1; 0 for none. @param {State} state @param {number} index */
export const rankOf = (state, index) => ranked(state)?.rankOf[index] || 0;

/** @param {State} state @param {number} index */
export const shareOf = (state, index) => ranked(state)?.probabilities[index] ?? NaN;

/** @param {State} state */
export const countOf = (state) => ranked(state)?.order.length ?? state.confirmed?.labels.length ?? 0;
