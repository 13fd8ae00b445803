// The page's language: which one it is, and what its table says. The tables are `locales/*.ftl`, in the format of Project
// Fluent; one is loaded at a time. Knows the browser's wishes and storage; knows no view.

import { isOwn, plainly } from "./said.js";
import { store } from "./store.js";
import { FluentBundle, FluentResource } from "./vendor/fluent-bundle.js";

/** @import { Said, SaidParam } from "./protocol.js" */
/** @typedef {"en" | "zh"} Language */
/** @typedef {Record<string, string | number>} Params */

const KEY = "cam-language";
const NAMES = { en: "en", zh: "zh-Hans" }; // as HTML writes them
const HAN = "[\\p{Script=Han}，。、：；！？（）“”《》]";
const JOINT = new RegExp(`(?<=${HAN}) +(?=${HAN})`, "gu"); // a space where two Chinese texts meet

/**
 * @typedef {{getMessage: (id: string) => {value: unknown} | undefined, hasMessage: (id: string) => boolean,
 *   addResource: (table: object) => unknown, formatPattern: (value: unknown, params?: Params, errors?: Error[]) => string}}
 *   Bundle what of Fluent is used here
 */

/** @type {Bundle | null} */
let bundle = null;
/** @type {Language} */
let current = "en";

/** The language of the page. */
export const language = () => current;

/** The same as HTML and `Intl` name it. */
export const locale = () => NAMES[current];

/** Speak a language by the text of its table. @param {Language} name @param {string} table */
export function speak(name, table) {
  bundle = /** @type {Bundle} */ (/** @type {unknown} */ (new FluentBundle(NAMES[name], { useIsolating: false })));
  bundle.addResource(new FluentResource(table));
  current = name;
}

/** What the table says; the id itself where it says nothing. @param {string} id @param {Params} [params] @returns {string} */
export function say(id, params) {
  const value = bundle?.getMessage(id)?.value;
  if (!bundle || !value) return id;
  const text = bundle.formatPattern(value, params, []);
  return current === "zh" ? text.replace(JOINT, "") : text;
}

/** @param {string} id */
const known = (id) => Boolean(bundle?.hasMessage(id));

/**
 * A sentence of the server, or one that the page has said already; in English where the table does not know it.
 * @param {Said | string | null | undefined} message @returns {string}
 */
export function said(message) {
  if (!message || typeof message === "string") return message ?? "";
  const { code, text, params } = message;
  if (isOwn(message)) return plainly(message);
  const shown = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, inWords(value)]));
  const id = code.startsWith("page-") ? code : `error-${code}`;
  return known(id) ? say(id, shown) : text.replace(/\{(\w+)\}/g, (field, name) => shown[name] ?? field);
}

/** @param {SaidParam} value @returns {string} */
function inWords(value) {
  if (Array.isArray(value)) return value.join(current === "zh" ? "、" : ", ");
  return typeof value === "object" ? said(value) : String(value);
}

/** Change the page's language, at once where its table is here. @param {Language} name @param {boolean} [byHand] remember it */
export async function setLanguage(name, byHand = false) {
  const answer = await fetch(new URL(`locales/${name}.ftl`, import.meta.url));
  if (!answer.ok) throw new Error(`${answer.status} for the words of ${name}`);
  speak(name, await answer.text());
  document.documentElement.lang = NAMES[name];
  if (byHand) keep(name);
  store.set({ language: name });
}

// Storage is closed to some embedded pages; the choice then lasts as long as the page.
/** @param {Language} name */
function keep(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    /* lasts as long as the page */
  }
}

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/**
 * The first language of a list that the page speaks: what the address names, what was chosen before, what the browser wants.
 * @param {(string | null)[]} wishes @returns {Language}
 */
export function firstSpoken(wishes) {
  const spoken = wishes.map((wish) => (wish ?? "").toLowerCase().split("-")[0]);
  return spoken.find((wish) => wish === "zh" || wish === "en") === "zh" ? "zh" : "en";
}

// Modules that show words find the table here. Without it, as where nothing can be fetched, the page shows the ids.
if (typeof document !== "undefined") {
  const asked = new URLSearchParams(location.search).get("lang");
  await setLanguage(firstSpoken([asked, kept(), ...navigator.languages])).catch(console.error);
}
