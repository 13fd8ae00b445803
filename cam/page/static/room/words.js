// What the parts for a room say; the sentences are in `locales`.

import { say } from "../language.js";

export const WORDS = {
  present: () => say("page-room-present"),
  leave: () => say("page-room-leave"),
  keys: () => say("page-room-keys"),
  close: () => say("page-room-close"),
  bar: () => say("page-room-bar"),
  chosenClass: () => say("page-room-class"),
  method: () => say("page-method"),
  /** @param {string} name */
  place: (name) => say(`page-room-place-${name}`),
  allTabs: () => say("page-room-all-tabs"),
  /** @param {string} place @param {string} action */
  action: (place, action) => say(`page-room-do-${place}-${action}`),
  /** How a key is written on a keyboard. @param {string} key */
  key: (key) => KEYS_AS_WRITTEN[/** @type {keyof typeof KEYS_AS_WRITTEN} */ (key)]?.() ?? key,
  or: () => say("page-room-or"),
  opens: () => say("page-room-opens"),
};

const KEYS_AS_WRITTEN = {
  ArrowLeft: () => "←",
  ArrowRight: () => "→",
  ArrowUp: () => "↑",
  ArrowDown: () => "↓",
  Escape: () => "Esc",
  PageUp: () => say("page-room-page-up"),
  PageDown: () => say("page-room-page-down"),
  Home: () => say("page-room-home"),
  End: () => say("page-room-end"),
  Enter: () => say("page-room-enter"),
  " ": () => say("page-room-space"),
  Backspace: () => say("page-room-backspace"),
  p: () => "P",
  s: () => "S",
  b: () => "B",
};

export const BESIDE = {
  title: () => say("page-beside"),
  off: () => say("page-beside-off"),
  /** @param {string} kind */
  kind: (kind) => say(`page-beside-${kind}`),
  which: () => say("page-beside-which"),
  /** @param {string} label */
  picture: (label) => say("page-beside-picture", { label }),
};
