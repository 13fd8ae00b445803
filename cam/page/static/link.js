// The address of the page says what it shows. Knows the browser's address and storage; knows no server.

/** @import { Choice, Source } from "./protocol.js" */

const KEPT = "cam-photo";
const AFTER_PAINT = 60; // ms: a browser takes a while for an address, and no picture waits for it
const NAMES = /** @type {const} */ (["model", "layer", "method", "combine", "effort", "fit"]);

/**
 * The part of the address that names a choice: what is as usual is left out.
 * @param {Choice} choice @returns {Record<string, string>}
 */
export function linkOf({ photo, model, layer, method, contrast, combine, effort, fit, detail, class: index }) {
  return {
    example: photo.example ?? "",
    model,
    layer,
    method,
    contrast: contrast ? "1" : "",
    combine,
    effort: effort === "exact" ? "" : effort,
    fit,
    class: index === null ? "" : String(index),
    detail: detail === 1 ? "" : String(detail),
  };
}

/**
 * The changes that an address asks for, null for none.
 * @param {string} search @param {Source | null} own the photo that the browser's tab keeps
 * @returns {Partial<Choice> | null}
 */
export function wishOf(search, own = null) {
  const query = new URLSearchParams(search);
  const named = NAMES.filter((name) => query.has(name));
  if (!named.length && !["example", "class", "contrast", "detail"].some((name) => query.has(name))) return null;
  /** @type {Partial<Choice>} */
  let changes = Object.fromEntries(named.map((name) => [name, query.get(name)]));
  if (query.has("contrast")) changes.contrast = query.get("contrast") === "1";
  if (query.has("detail")) changes.detail = Number(query.get("detail"));
  if (query.has("model")) changes = { layer: "", method: "", ...changes };
  const example = query.get("example");
  if (example !== null) changes.photo = { example };
  else if (own) changes.photo = own;
  if (/^\d+$/.test(query.get("class") ?? "")) changes.class = Number(query.get("class"));
  return changes;
}

let timer = 0;

/** Write the address, once nothing else happens. @param {Record<string, string>} link @param {Source} photo */
export function remember(link, { upload }) {
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    const address = new URL(location.href);
    for (const [key, value] of Object.entries(link)) {
      if (value === "") address.searchParams.delete(key);
      else address.searchParams.set(key, value);
    }
    history.replaceState(history.state, "", address);
    keep(upload ? { upload, address: location.search } : null);
  }, AFTER_PAINT);
}

// A visitor's own photo is not in the address: the browser's tab keeps its name for the time that the page is opened anew.
// Storage is closed to some embedded pages.
/** @param {{upload: string, address: string} | null} photo */
export function keep(photo) {
  try {
    if (photo) sessionStorage.setItem(KEPT, JSON.stringify(photo));
    else sessionStorage.removeItem(KEPT);
  } catch {
    /* the page then opens on an example */
  }
}

/** The photo that was on show at this address. @returns {Source | null} */
export function kept() {
  try {
    const { upload, address } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    return upload && address === location.search ? { upload } : null;
  } catch {
    return null;
  }
}
