// The page's language: which one it is, and what its table says. The tables are `locales/*.ftl`, in the format of Project
// Fluent; one is loaded at a time. Knows the browser's wishes and storage; knows no view.

import { store } from "./store.js";
import { FluentBundle, FluentResource } from "./vendor/fluent-bundle.js";

/** @typedef {"en" | "zh"} Language */
/** @typedef {Record<string, string | number>} Params */

/**
 * `tag` as HTML writes it, `locale` of numbers and lists, `name` as who speaks it calls it.
 * @type {Record<Language, {tag: string, locale: string, name: string}>}
 */
export const LANGUAGES = {
  en: { tag: "en", locale: "en-GB", name: "English" },
  zh: { tag: "zh-Hans", locale: "zh-Hans", name: "中文" },
};

const KEY = "cam-language";
const HAN = "[\\p{Script=Han}，。、：；！？（）“”《》…]";
// A space where two Chinese texts meet, or a mark of Chinese and anything.
const JOINT = new RegExp(`(?<=${HAN}) +(?=${HAN})|(?<=[，。、：；！？（）]) +| +(?=[，。、：；！？（）])`, "gu");

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
export const locale = () => LANGUAGES[current].locale;

/** Speak a language by the text of its table. @param {Language} name @param {string} table */
export function speak(name, table) {
  bundle = /** @type {Bundle} */ (
    /** @type {unknown} */ (new FluentBundle(LANGUAGES[name].locale, { useIsolating: false }))
  );
  bundle.addResource(new FluentResource(table));
  current = name;
}

/** @param {string} text */
const tidy = (text) => (current === "zh" ? text.replace(JOINT, "") : text);

/**
 * What the table says; where it says nothing, `otherwise`.
 * @param {string} id @param {Params} [params] @param {string} [otherwise] @returns {string}
 */
export function say(id, params, otherwise = id) {
  const value = bundle?.getMessage(id)?.value;
  return bundle && value ? tidy(bundle.formatPattern(value, params, [])) : otherwise;
}

/** @param {string} id */
export const hasWords = (id) => Boolean(bundle?.hasMessage(id));

/** Sentences one after another. @param {string[]} sentences */
export const together = (sentences) => tidy(sentences.filter(Boolean).join(" "));

/** "one, two and three". @param {string[]} words */
export const listed = (words) => new Intl.ListFormat(locale()).format(words);

/** @type {Partial<Record<Language, string>>} */
const tables = {}; // those that were fetched
/** @type {Language} */
let wanted = "en";

/**
 * Change the page's language, at once where its table is here; of several wishes the last counts.
 * @param {Language} name @param {boolean} [byHand] the page opens in it from now on
 */
export async function setLanguage(name, byHand = false) {
  wanted = name;
  tables[name] ??= await fetched(name);
  if (wanted !== name) return;
  speak(name, tables[name]);
  if (byHand) keep(name);
  store.set({ language: name });
}

/** @param {Language} name */
async function fetched(name) {
  const answer = await fetch(new URL(`locales/${name}.ftl`, import.meta.url));
  if (!answer.ok) throw new Error(`${answer.status} for the words of ${name}`);
  return answer.text();
}

/** The language after the one in use. */
export function nextLanguage() {
  const names = /** @type {Language[]} */ (Object.keys(LANGUAGES));
  return names[(names.indexOf(current) + 1) % names.length];
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
  return /** @type {Language} */ (spoken.find((wish) => Object.hasOwn(LANGUAGES, wish)) ?? "en");
}

// Modules that show words find the table here. Where one cannot be fetched the page speaks English, and without that table it
// shows the ids.
if (typeof document !== "undefined") {
  const asked = new URLSearchParams(location.search).get("lang");
  const first = firstSpoken([asked, kept(), ...navigator.languages]);
  await setLanguage(first).catch(() => setLanguage("en").catch(() => {}));
}
