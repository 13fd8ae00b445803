// The button that changes the language, and the words that stand in Gradio's own elements: the tabs, the footer, the title and
// the language of the document. Knows Gradio's document.

import { LANGUAGES, language, nextLanguage, setLanguage } from "../language.js";
import { remember } from "../link.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";

/** @param {HTMLElement} button */
export function makeLanguage(button) {
  button.onclick = async () => {
    const name = nextLanguage();
    await setLanguage(name, true);
    remember({ lang: name }, store.state.confirmed?.choice.photo ?? {});
  };
  store.subscribe((state, before) => {
    if (state !== before && state.language === before.language) return;
    const { tag, name } = LANGUAGES[nextLanguage()];
    button.lang = tag;
    button.textContent = name; // as who speaks it calls it
    nameAll();
  });
  // Gradio names the browser's language, and builds its tabs late, and anew when the window's width changes.
  const watcher = new MutationObserver(() => {
    nameAll();
    watchTabs();
  });
  const watchTabs = () => {
    for (const place of document.querySelectorAll(".cam-tabs [role=tablist]"))
      watcher.observe(place.parentElement ?? place, { childList: true, subtree: true });
  };
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
  for (const place of document.querySelectorAll(".cam-tabs, footer")) watcher.observe(place, { childList: true });
  watchTabs();
}

function nameAll() {
  const page = document.documentElement;
  const { tag } = LANGUAGES[language()];
  if (page.lang !== tag) page.lang = tag;
  if (document.title !== TEXT.title) document.title = TEXT.title;
  for (const tab of document.querySelectorAll("[role=tab][id^=cam-tab-]")) {
    put(tab, TEXT.tab(tab.id.replace(/^cam-tab-|-button$/g, "")));
    const at = [...(tab.parentElement?.children ?? [])].indexOf(tab);
    const twin = tab.closest(".tab-wrapper")?.querySelector(".tab-container[aria-hidden]")?.children[at]; // by which Gradio measures
    if (twin) put(twin, tab.textContent ?? "");
  }
  document.querySelector(".cam-tabs .overflow-menu > button")?.setAttribute("aria-label", TEXT.moreTabs);
  const footer = document.querySelector("footer");
  footer?.setAttribute("aria-label", TEXT.footer);
  for (const [name, words] of Object.entries({ "show-api": TEXT.api, record: TEXT.record })) {
    const button = footer?.querySelector(`.${name}`);
    if (button) put(button, words);
    button?.querySelector("img")?.setAttribute("alt", "");
  }
}

/** Write into an element's own text, beside its icons. @param {Element} node @param {string} words */
function put(node, words) {
  const text = [...node.childNodes].find((one) => one instanceof Text && one.data.trim());
  if (text instanceof Text && text.data.trim() !== words) text.data = text.data.replace(text.data.trim(), words);
}
