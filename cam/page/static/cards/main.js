// The lesson's cards: a drawer with a list of them, or with one that is open. A card is a link to a prepared state, so that a
// click on it opens the page anew at exactly that. Knows the address; knows nothing about models and maps.
//
// For tests the drawer has data-card, the name of the open card or "".

import { dress, finder, partsOf } from "../dom.js";
import { remember } from "../link.js";
import { opening, store } from "../store.js";
import { addressOf, isBare } from "./link.js";

/** @import { Gradio } from "../connection.js" */
/** @import { Language } from "../language.js" */
/** @import { LessonCard } from "./link.js" */

const OPEN = "cam-cards-open"; // the page leaves room for the drawer

/** @param {Gradio} gradio */
export async function mount({ element }) {
  const [{ cards }] = await Promise.all([opening, dress(element, "cards", import.meta.url)]);
  const named = new URLSearchParams(location.search).get("card") ?? "";
  new Cards(element, cards.address, cards.names.includes(named) ? named : "").listen();
}

class Cards {
  /** @type {Record<Language, LessonCard[]> | null} */
  texts = null;

  /** @param {HTMLElement} element @param {string} address of the texts @param {string} name of the open card */
  constructor(element, address, name) {
    this.root = finder(element)(".drawer");
    this.part = partsOf(this.root);
    this.address = address;
    this.name = name;
    /** @type {HTMLElement | null} */
    this.from = null; // where the focus goes back to
  }

  listen() {
    const { part, root } = this;
    document.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("[data-cards]") : null;
      if (!(button instanceof HTMLElement)) return;
      this.from = button;
      if (root.hidden) this.open(true);
      else this.close();
    });
    part.shut.onclick = () => this.close();
    part.all.onclick = () => {
      this.choose("");
      part.cards.querySelector("a")?.focus();
    };
    root.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    };
    store.subscribe((state, before) => state.language !== before.language && this.draw());
    if (this.name) this.open(false);
  }

  /** @param {boolean} focus */
  async open(focus) {
    const { root } = this;
    this.texts ??= await fetch(new URL(this.address, document.baseURI)).then((answer) => answer.json());
    const card = this.cards().find(({ name }) => name === this.name);
    if (card && isBare(location.search)) return location.replace(addressOf(card, location.search));
    this.show(true);
    this.draw();
    if (focus) root.focus();
  }

  close() {
    this.show(false);
    this.choose("");
    (this.from ?? /** @type {HTMLElement | null} */ (document.querySelector("[data-cards]")))?.focus();
  }

  /** @param {boolean} on */
  show(on) {
    this.root.hidden = !on;
    document.body.classList.toggle(OPEN, on);
    for (const button of document.querySelectorAll("[data-cards]")) button.setAttribute("aria-expanded", String(on));
  }

  /** The list instead of a card, or a card. @param {string} name */
  choose(name) {
    this.name = name;
    remember({ card: name }, store.state.confirmed?.choice.photo ?? {});
    this.draw();
  }

  cards() {
    return this.texts?.[store.state.language] ?? [];
  }

  draw() {
    const { part, root } = this;
    if (root.hidden) return;
    const cards = this.cards();
    const at = cards.findIndex(({ name }) => name === this.name);
    root.dataset.card = at < 0 ? "" : this.name;
    part.shelf.hidden = at >= 0;
    part.card.hidden = at < 0;
    part.cards.replaceChildren(...cards.map(item));
    if (at < 0) return;
    part.heading.textContent = cards[at].title;
    part.question.textContent = cards[at].ask;
    for (const name of /** @type {const} */ (["task", "hint", "solution"])) part[name].textContent = cards[at][name];
    for (const box of [part.hintBox, part.solutionBox]) /** @type {HTMLDetailsElement} */ (box).open = false;
    lead(part.before, cards[at - 1]);
    lead(part.again, cards[at]);
    lead(part.after, cards[at + 1]);
  }
}

/** @param {LessonCard} card */
function item(card) {
  const link = Object.assign(document.createElement("a"), { textContent: card.title });
  lead(link, card);
  const li = document.createElement("li");
  li.append(link);
  return li;
}

/** Have a link lead to a card, as the address is when it is followed. @param {HTMLElement} node @param {LessonCard | undefined} card */
function lead(node, card) {
  node.hidden = !card;
  if (!card) return;
  const link = /** @type {HTMLAnchorElement} */ (node);
  const set = () => {
    link.href = addressOf(card, location.search);
  };
  set();
  link.onclick = set;
}
