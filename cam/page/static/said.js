// Sentences that can be said in more than one language. Those of the server come as `Said`: a code, the English text with
// {fields}, and what it speaks of. The page's own are kept in the state as `Said`, too, so that they can be said again after
// a change of language: their code is "page:" and where they stand in `TEXT`, as in "page:camera.lost", and their params
// hold under `values` what is given to that entry where it is a function; their text is what was said at first.

import { hasWords, say } from "./language.js";
import { TEXT } from "./words.js";

/** @import { Said, SaidParam } from "./protocol.js" */

const PAGE = "page:";

/** A sentence of the page's own, by its place in `TEXT`. @param {string} place @param {...unknown} values @returns {Said} */
export const own = (place, ...values) => ({
  code: PAGE + place,
  text: ownWords(place, values),
  params: { values: /** @type {any[]} */ (values) },
});

/** @param {Said} message */
const isOwn = ({ code }) => code.startsWith(PAGE);

/** A sentence that has no code. @param {string} text @returns {Said} */
export const bare = (text) => ({ code: "", text, params: {} });

/** Whether something is a sentence as it travels. @param {any} value @returns {value is Said} */
const isSaid = (value) => typeof value?.code === "string" && typeof value.text === "string";

/**
 * What the body of a refused request says; null where it says nothing. A server of before has no `said` in it.
 * @param {any} body @returns {Said | null}
 */
export function refusalOf(body) {
  if (isSaid(body?.said)) return body.said;
  return typeof body?.error === "string" && body.error ? bare(body.error) : null;
}

/**
 * A sentence in the page's language; "" for none. What the table does not know is said as the server wrote it, in English; a
 * text is taken as it is.
 * @param {Said | string | null | undefined} message @returns {string}
 */
export function said(message) {
  if (!message) return "";
  if (typeof message === "string") return message;
  const { code, text, params } = message;
  if (isOwn(message)) return ownWords(code.slice(PAGE.length), /** @type {unknown[]} */ (params.values));
  const shown = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, inWords(value)]));
  const id = [`error-${code}`, code].find(hasWords);
  if (id) return say(id, shown);
  return Object.keys(shown).length
    ? text.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(shown, name) ? String(shown[name]) : all))
    : text;
}

/** @param {SaidParam} value @returns {string | number} */
function inWords(value) {
  if (Array.isArray(value)) return value.join(say("page-comma"));
  return isSaid(value) ? said(value) : typeof value === "number" ? value : String(value);
}

/** @param {string} place @param {unknown[]} values @returns {string} */
function ownWords(place, values) {
  /** @type {any} */
  let found = TEXT;
  for (const name of place.split(".")) found = found?.[name];
  return typeof found === "function" ? found(...values) : String(found ?? "");
}
