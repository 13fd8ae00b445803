// A formula as the server writes it, "w_k = 1/(h·w) · Σ_ij g_k,ij", in HTML: what stands low, what is a letter, what is lit.

import { say } from "../language.js";

// What stands low, a letter by itself (but the article "a"), and words.
const PARTS = /_([A-Za-z0-9]+(?:,[A-Za-z0-9]+)*)|(?!a [a-z])([A-Za-zα-ωΑ-Ω](?:⁺|(?=_))?)(?![A-Za-z])|([A-Za-z]{2,})/gu;

/**
 * Write a formula into an element, with what this step computes lit: what stands before "=", or all of a single letter.
 * @param {HTMLElement} node @param {string} text
 */
export function writeFormula(node, text) {
  const at = text.search(/ = |, [a-z] |，[a-z] /);
  const short = at > 0 && at < 12;
  if (!short && text.length > 12) return node.replaceChildren(...pieces(text)); // an expression of many parts
  const lit = Object.assign(document.createElement("b"), { className: "lit" });
  lit.append(...pieces(short ? text.slice(0, at) : text));
  node.replaceChildren(lit, ...(short ? pieces(text.slice(at)) : []));
}

/** The formula of a map that is a sum over channels, each symbol a step. @type {[string, string][]} */
const WHOLE = [
  ["", "L = "],
  ["relu", "ReLU"],
  ["", "( "],
  ["sum", "Σ_k"],
  ["", " "],
  ["factors", "w_k"],
  ["", " · "],
  ["maps", "A_k"],
  ["", " )"],
];

/**
 * Write the formula of the whole map, the symbol of the step on show lit; the others can be pressed.
 * @param {HTMLElement} node @param {Record<string, string>} steps the steps of the symbols @param {string} shown the step on show
 * @param {(step: string) => void} go
 */
export function writeWhole(node, steps, shown, go) {
  node.replaceChildren(
    ...WHOLE.flatMap(([role, text]) => {
      const step = steps[role];
      if (!step) return pieces(text);
      const button = Object.assign(document.createElement("button"), { type: "button", className: "symbol" });
      button.classList.toggle("lit", step === shown);
      button.append(...pieces(text));
      button.setAttribute("aria-label", `${button.textContent} ${say(`step-${step}`)}`); // as one sees it, then in words
      button.onclick = () => go(step);
      return [button];
    }),
  );
}

/** @param {string} text @returns {(Node | string)[]} */
function pieces(text) {
  /** @type {(Node | string)[]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(PARTS)) {
    const [all, low, letter, word] = match;
    found.push(text.slice(end, match.index));
    end = match.index + all.length;
    const tag = low ? "sub" : letter ? "i" : "span";
    found.push(Object.assign(document.createElement(tag), { textContent: low ?? letter ?? word }));
  }
  return [...found, text.slice(end)];
}
