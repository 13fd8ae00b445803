// The page in a frame of another page, `?embed=1`: the picture and its list, or the step, alone. It tells the page around it
// how high it is, in a message of the shape {source: "cam-explorer", version: 1, height: CSS pixels}. Knows the window.

import { store } from "../store.js";
import { TEXT } from "../words.js";
import { WORDS } from "./words.js";

const VERSION = 1; // of the message

/** The address of the whole page with the same state. @param {string} href */
export function wholeAddress(href) {
  const address = new URL(href);
  address.searchParams.delete("embed");
  return address.href;
}

/** Show what belongs into a frame, if the address says so. */
export function makeEmbed() {
  if (new URLSearchParams(location.search).get("embed") !== "1") return;
  document.body.classList.add("cam-embed");
  const link = Object.assign(document.createElement("a"), { className: "room-open", target: "_blank" });
  link.rel = "noopener";
  const follow = () => {
    link.href = wholeAddress(location.href);
  };
  for (const event of ["pointerdown", "focus", "keydown"]) link.addEventListener(event, follow); // the address moves on
  follow();
  document.body.append(link);
  store.subscribe(() => {
    link.textContent = TEXT.title;
    link.title = WORDS.opens();
  });
  let told = 0;
  const tell = () => {
    const height = Math.ceil(link.offsetTop + link.offsetHeight);
    if (height === told || window.parent === window) return;
    told = height;
    window.parent.postMessage({ source: "cam-explorer", version: VERSION, height }, "*"); // a height is no secret
  };
  new ResizeObserver(tell).observe(document.body);
  new ResizeObserver(tell).observe(link);
}
