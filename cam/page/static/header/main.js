// The header: a link to the present state, the language, light or dark, and whether the server is there. Knows the browser's
// address and storage; knows no models.

import { copied } from "../clipboard.js";
import { dress, finder } from "../dom.js";
import { remember } from "../link.js";
import { mountRoom } from "../room/main.js";
import { own, said } from "../said.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { watchServer } from "./alive.js";
import { namePanel } from "./gradio.js";
import { makeLanguage } from "./language.js";
import { spare } from "./panel.js";

/** @import { Gradio } from "../connection.js" */
/** @import { Said } from "../protocol.js" */

const KEY = "cam-mode";
const QUIET = 4000; // ms that a word about a copied link stays

/** @param {Gradio} gradio */
export async function mount({ element }) {
  await dress(element, "header", import.meta.url);
  const $ = finder(element);
  const line = $(".said");
  /** @type {Said | null} */
  let words = null;
  /** @type {Said | null} */
  let away = null;
  const show = () => {
    const twice = words && words === away && store.state.echo && saidBelow(); // one sentence about it is enough
    line.textContent = twice ? "" : said(words);
  };
  const tell = (/** @type {Said | null} */ sentence) => {
    words = sentence;
    show();
  };
  let quiet = 0;
  makeMode($(".mode"));
  makeLanguage($(".language"));
  $(".link").onclick = async () => {
    const done = await copied(location.href);
    tell(own(!done ? "copyByHand" : store.state.wanted.photo.upload && location.search ? "copiedOwn" : "copied"));
    clearTimeout(quiet);
    quiet = window.setTimeout(tell, QUIET, null);
  };
  makeTabs();
  mountRoom($(".present"), $(".keys"));
  spare();
  namePanel();
  watchServer((sentence) => {
    clearTimeout(quiet);
    away = sentence;
    tell(sentence);
    line.classList.toggle("away", Boolean(sentence));
  });
  store.subscribe((state, before) => {
    if (state.language !== before.language || (away && state.message !== before.message)) show();
  });
}

/** Whether a sentence stands under the picture, in sight. */
function saidBelow() {
  const status = document.querySelector(".cx-root [data-part=status]");
  return Boolean(status instanceof HTMLElement && status.offsetParent && status.textContent);
}

/** The tab on show is part of the address; the first is as usual. */
function makeTabs() {
  const named = (/** @type {string} */ name) => document.querySelector(`#cam-tab-${CSS.escape(name)}-button`);
  const tab = new URLSearchParams(location.search).get("tab");
  const button = tab && named(tab);
  if (button instanceof HTMLElement) button.click();
  document.addEventListener("click", ({ target }) => {
    const clicked = target instanceof Element && target.closest("[role=tab][id^=cam-tab-]");
    if (!clicked) return;
    const name = clicked.id.replace(/^cam-tab-|-button$/g, "");
    remember({ tab: name === "explore" ? "" : name }, store.state.confirmed?.choice.photo ?? {});
  });
}

// Storage is closed to some embedded pages; the choice then lasts as long as the page.
const stored = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

/** @param {string} value */
const keep = (value) => {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    /* lasts as long as the page */
  }
};

/** @param {HTMLElement} button */
function makeMode(button) {
  const dark = () => document.body.classList.contains("dark");
  const name = () => {
    button.textContent = dark() ? TEXT.light : TEXT.dark;
  };
  button.onclick = () => {
    document.body.classList.toggle("dark");
    keep(dark() ? "dark" : "light");
  };
  store.subscribe((state, before) => {
    if (state.language !== before.language) name();
  });
  new MutationObserver(name).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  const named = new URLSearchParams(location.search).has("__theme");
  if (stored() && !named) document.body.classList.toggle("dark", stored() === "dark");
  name();
}
