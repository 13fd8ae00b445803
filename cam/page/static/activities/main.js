// What a class tries on the photo on show: the buttons at the picture and in the lesson, the address, and opening a panel. What
// a panel is made of is fetched when the first one opens. Knows the state and the stage.

import { remember } from "../link.js";
import { store } from "../store.js";
import { linked } from "../visit.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { Activity } from "../state.js" */

const NAMES = ["cover", "guess"];

/** The activity that an address names; "" for none. @param {string} search @returns {Activity} */
export function activityOf(search) {
  const name = new URLSearchParams(search).get("activity") ?? "";
  return NAMES.includes(name) ? /** @type {Activity} */ (name) : "";
}

/** Open an activity, or close what is open. @param {Activity} name */
export const open = (name) => store.set({ activity: name, veiled: name === "guess", instead: null });

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
export function makeActivities(part, root, stage) {
  open(activityOf(location.search)); // before the map is drawn for the first time: it may be what people guess
  let written = false;
  /** @type {Promise<(name: Activity, byHand: boolean) => void> | null} */
  let panel = null;
  let byHand = false;
  const show = (/** @type {Activity} */ name) => {
    panel ??= import("./panel.js").then(({ makePanel }) => makePanel(part, stage));
    const mine = byHand;
    panel.then((showNow) => store.state.activity === name && showNow(name, mine));
  };
  store.subscribe((state, before) => {
    root.classList.toggle("cx-veiled", state.veiled);
    if (state !== before && state.activity === before.activity) return;
    root.dataset.activity = state.activity;
    for (const button of document.querySelectorAll("[data-activity][aria-pressed]"))
      button.setAttribute("aria-pressed", String(button.getAttribute("data-activity") === state.activity));
    if (state.activity || panel) show(state.activity);
    if (written) remember({ activity: state.activity }, state.confirmed?.choice.photo ?? {});
  });
  linked.then(() => {
    written = true;
  });
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button[data-activity]") : null;
    if (!button) return;
    const name = activityOf(`activity=${button.getAttribute("data-activity")}`);
    const here = root.contains(button);
    byHand = true;
    open(here && store.state.activity === name ? "" : name);
    byHand = false;
    if (here) return;
    const tab = document.querySelector("#cam-tab-explore-button");
    if (tab instanceof HTMLElement) tab.click();
  });
}
