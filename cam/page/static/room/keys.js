// The keys of the page: the one table that all handlers read, and the list of keys (`help.js`) with them. Pure.

export const KEYS = /** @type {const} */ ({
  page: {
    present: ["p"],
    beside: ["s"],
    keys: ["?"],
    leave: ["Escape"],
  },
  picture: {
    left: ["ArrowLeft"],
    right: ["ArrowRight"],
    up: ["ArrowUp"],
    down: ["ArrowDown"],
    zoomIn: ["+", "="],
    zoomOut: ["-", "_"],
    whole: ["0"],
    hide: ["Escape"],
  },
  findings: { marks: ["b"] },
  pen: {
    left: ["ArrowLeft"],
    right: ["ArrowRight"],
    up: ["ArrowUp"],
    down: ["ArrowDown"],
    size: ["Shift"], // held while an arrow is pressed
    draw: ["Enter", " "],
    undo: ["Backspace"],
    leave: ["Escape"],
  },
  wipe: {
    before: ["ArrowLeft", "ArrowDown"],
    next: ["ArrowRight", "ArrowUp"],
    farBefore: ["PageDown"],
    farNext: ["PageUp"],
    first: ["Home"],
    last: ["End"],
  },
  layers: {
    before: ["ArrowLeft", "ArrowUp"],
    next: ["ArrowRight", "ArrowDown"],
    first: ["Home"],
    last: ["End"],
    choose: ["Enter", " "],
  },
  search: {
    before: ["ArrowUp"],
    next: ["ArrowDown"],
    farBefore: ["PageUp"],
    farNext: ["PageDown"],
    choose: ["Enter"],
    clear: ["Escape"],
  },
  classes: { before: ["ArrowUp"], next: ["ArrowDown"] },
  steps: { before: ["ArrowLeft"], next: ["ArrowRight"], first: ["Home"], last: ["End"] },
  cells: { left: ["ArrowLeft"], right: ["ArrowRight"], up: ["ArrowUp"], down: ["ArrowDown"] },
});

/** @typedef {keyof typeof KEYS} Place where a key means something */
/** @template {Place} P @typedef {Extract<keyof (typeof KEYS)[P], string>} ActionAt what its keys do */

/** The places by tab, in the order of the list; "" for all tabs. @type {Record<string, Place[]>} */
export const TABS = {
  "": ["page"],
  explore: ["picture", "findings", "wipe", "layers", "classes", "search", "pen"],
  lesson: ["steps", "cells"],
  live: ["classes"],
};

/**
 * What a key does at a place; null for another key, and for one with Ctrl, Alt or the like, which is the browser's.
 * @template {Place} P @param {P} place @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">} event
 * @returns {ActionAt<P> | null}
 */
export function actionOf(place, { key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return null;
  const found = Object.entries(KEYS[place]).find(([, keys]) => keys.includes(key));
  return found ? /** @type {ActionAt<P>} */ (found[0]) : null;
}
