// How every view begins, and small helpers. A view's body and style sheet are files beside its module: Gradio would compile
// its own templates and have the browser read the style sheet again whenever a property changes.

import { say } from "./language.js";
import { store } from "./store.js";

/** @typedef {Record<string, HTMLElement>} Parts elements by their data-part */

/** @param {string | URL} address */
const textOf = (address) => fetch(address).then((answer) => answer.text());

/**
 * Give a view its body and style sheet, `name`.html and `name`.css beside the module at `base`.
 * @param {HTMLElement} element @param {string} name @param {string} base
 */
export async function dress(element, name, base) {
  const [html, css] = await Promise.all([".html", ".css"].map((end) => textOf(new URL(name + end, base))));
  element.innerHTML = html;
  translate(element);
  store.subscribe((state, before) => state.language !== before.language && translate(element));
  element.prepend(Object.assign(document.createElement("style"), { textContent: `#${element.id} { ${css} }` }));
}

const WORDS = "data-l10n"; // the id of an element's text; with an attribute's name behind it, of that attribute's

/** Write a body's words in the page's language. @param {HTMLElement} root */
export function translate(root) {
  for (const node of root.querySelectorAll("*"))
    for (const { name, value } of [...node.attributes]) {
      if (name === WORDS) node.textContent = say(value);
      else if (name.startsWith(`${WORDS}-`)) node.setAttribute(name.slice(WORDS.length + 1), say(value));
    }
}

/** @param {HTMLElement} root @returns {Parts} */
export function partsOf(root) {
  const nodes = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-part]"));
  return Object.fromEntries([...nodes].map((node) => [node.dataset.part, node]));
}

/**
 * A function that finds an element of a view, of a kind that is named where it matters.
 * @param {HTMLElement} element
 */
export const finder = (element) => {
  /** @template {HTMLElement} [E=HTMLElement] @param {string} selector @returns {E} */
  const found = (selector) => /** @type {E} */ (element.querySelector(selector));
  return found;
};

/**
 * Put words into an element. The browser lays out anew whatever is written to, even by the same words; a text that is
 * replaced costs it more than one that changes.
 * @param {HTMLElement} node @param {string} words
 */
export function write(node, words) {
  const text = node.firstChild;
  if (!(text instanceof Text) || text.nextSibling) {
    if (node.textContent !== words) node.textContent = words;
  } else if (text.data !== words) text.data = words;
}
