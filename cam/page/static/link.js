// The address of the page says what it shows. Knows the browser's address and storage; knows no server.

import { areaLink, areaOf } from "./findings/places.js";

/** @import { Choice, Source } from "./protocol.js" */

const KEPT = "cam-photo";
const AFTER_PAINT = 60; // ms: a browser takes a while for an address, and no picture waits for it
const NAMES = /** @type {const} */ (["model", "layer", "method", "combine", "effort", "fit"]);

/**
 * The part of the address that names a choice: what is as usual is left out.
 * @param {Choice} choice @returns {Record<string, string>}
 */
export function linkOf({
  photo,
  model,
  layer,
  method,
  contrast,
  combine,
  effort,
  fit,
  detail,
  class: index,
  listed,
  area,
}) {
  return {
    example: photo.example ?? "",
    model,
    layer,
    method,
    contrast: contrast ? "1" : "",
    combine,
    effort: effort === "exact" ? "" : effort,
    fit,
    class: index === null || listed ? "" : String(index),
    target: index && listed ? String(index + 1) : "",
    area: areaLink(area),
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
  if (!named.length && !["example", "class", "target", "contrast", "detail"].some((name) => query.has(name)))
    return null;
  /** @type {Partial<Choice>} */
  let changes = Object.fromEntries(named.map((name) => [name, query.get(name)]));
  if (query.has("contrast")) changes.contrast = query.get("contrast") === "1";
  if (query.has("detail")) changes.detail = Number(query.get("detail"));
  if (query.has("model")) changes = { layer: "", method: "", ...changes };
  const example = query.get("example");
  if (example !== null) changes.photo = { example };
  else if (own) changes.photo = own;
  if (/^\d+$/.test(query.get("class") ?? "")) changes.class = Number(query.get("class"));
  const area = areaOf(query.get("area") ?? "");
  if (area) changes.area = area;
  if (isTarget(query.get("target"))) changes.class = Number(query.get("target")) - 1;
  return changes;
}

/** Whether a text is the number of a finding, from 1. @param {string | null} text */
const isTarget = (text) => /^[1-9]\d{0,4}$/.test(text ?? "");

/**
 * What an address names and what is left of it without what does not exist here.
 * @param {string} search @param {Record<string, string[]>} known the values that exist, by the names of their parts
 * @param {number} classes how many classes there are; 0 where that is not known
 * @returns {{search: string, ignored: [string, string][]}}
 */
export function sound(search, known, classes) {
  const query = new URLSearchParams(search);
  /** @type {[string, string][]} */
  const ignored = [];
  for (const [name, value] of [...query]) {
    const measured = ["opacity", "hide", "wipe", "zoom", "threshold"].includes(name);
    const [kind, ...rest] = value.split(":");
    const second = known[kind === "photo" ? "example" : kind];
    const one = rest.join(":");
    const wrong =
      (name === "beside" &&
        !(kind === "class" ? isClass(one, classes) : kind === "layer" ? one : second?.includes(one))) ||
      (known[name] && !known[name].includes(value)) ||
      (name === "target" && !isTarget(value)) ||
      (name === "area" && !areaOf(value)) ||
      (measured && !(name in lookOf(new URLSearchParams([[name, value]]).toString()))) ||
      (name === "class" && classes && /^\d+$/.test(value) && Number(value) >= classes);
    if (!value || !wrong) continue;
    ignored.push([name, value.slice(0, 80)]);
    query.delete(name);
  }
  return { search: query.toString(), ignored };
}

/** @param {string} text @param {number} classes how many there are; 0 where that is not known */
const isClass = (text, classes) => /^\d+$/.test(text) && !(classes && Number(text) >= classes);

/** A class that an address names by its name; "" for none. @param {string} search */
export function classAsked(search) {
  const name = (new URLSearchParams(search).get("class") ?? "").trim();
  return /^\d+$/.test(name) ? "" : name.slice(0, 80);
}

/**
 * @typedef {{evidence: string, scale: string, colours: string, usualColours: string, opacity: number, hide: number, contours: string,
 *   wipe: number | null, zoom: [number, number, number] | null, threshold?: number, boxes?: boolean}} Look
 *   how the picture is looked at: `threshold` of findings, `boxes` whether they are drawn, `contours` are levels, "" without; `zoom` with its centre in parts of the photo
 */

const OPACITY = 0.75; // as the page opens
const MAX_ZOOM = 16;

/** @param {number} number */
const short = (number) => String(Number(number.toFixed(3)));

/** The part of the address that says how the picture is looked at: what is as usual is left out. @param {Look} look */
export function lookLink({ evidence, scale, colours, usualColours, opacity, hide, contours, wipe, zoom }) {
  return {
    evidence: evidence === "for" ? "" : evidence,
    scale: scale === "own" ? "" : scale,
    colours: colours === usualColours ? "" : colours,
    opacity: opacity === OPACITY ? "" : short(opacity),
    hide: hide ? short(hide) : "",
    contours: contours.replaceAll(" ", ","),
    wipe: wipe === null ? "" : short(wipe),
    zoom: zoom ? zoom.map(short).join() : "",
  };
}

/** How an address wants the picture to be looked at; what it does not name, or names wrongly, is left out. @param {string} search */
export function lookOf(search) {
  const query = new URLSearchParams(search);
  /** @type {Partial<Look>} */
  const look = {};
  const evidence = query.get("evidence") ?? "";
  if (["against", "both"].includes(evidence)) look.evidence = evidence;
  if (query.get("scale") === "common") look.scale = "common";
  if (query.get("colours")) look.colours = query.get("colours") ?? "";
  if (query.get("contours")) look.contours = query.get("contours")?.replaceAll(",", " ");
  for (const name of /** @type {const} */ (["opacity", "hide", "wipe", "threshold"])) {
    const value = Number(query.get(name) || NaN);
    if (value >= 0 && value <= 1) look[name] = value;
  }
  if (query.get("boxes") === "0") look.boxes = false;
  const [zoom, x, y] = (query.get("zoom") ?? "").split(",").map(Number);
  if (zoom > 1 && zoom <= MAX_ZOOM && x >= 0 && x <= 1 && y >= 0 && y <= 1) look.zoom = [zoom, x, y];
  return look;
}

// A choice begins an entry of the history; what follows it within a moment, such as the rest of a slide, belongs to the same.

const MOMENT = 1000; // ms

let timer = 0;
/** @type {Record<string, string>} */
let unwritten = {};
/** @type {Choice | null} */
let chosen = null; // not written yet
/** @type {Choice | null} */
let entry = null; // the choice of the entry on show
let moved = -MOMENT; // when that changed last
let fixed = true; // what is written next belongs to the entry on show: the page opens, or a person went back

/** Write parts of the address, once nothing else happens. @param {Record<string, string>} link @param {Source} photo */
export function remember(link, { upload }) {
  Object.assign(unwritten, link);
  clearTimeout(timer);
  timer = window.setTimeout(write, AFTER_PAINT, upload);
}

/** Write a choice into the address. @param {Choice} choice */
export function rememberChoice(choice) {
  chosen = choice;
  remember(linkOf(choice), choice.photo);
}

/** The entry on show is of this choice: the page opened with it, or a person went back to it. @param {Choice} choice */
export function isEntry(choice) {
  entry = choice;
  fixed = false;
  moved = -MOMENT;
}

/** A person goes to another entry: what is on its way there begins none. */
export function toEntry() {
  fixed = true;
  chosen = null;
  const { tab } = unwritten;
  unwritten = tab === undefined ? {} : { tab };
}

/** What the address said when it was written last; null before. @type {string | null} */
let said = null;

/** The address as it was before a person went to another entry. @param {string} opened the one that the page opened with */
export const lastAddress = (opened) => said ?? opened;

/** @param {string | undefined} upload */
function write(upload) {
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(unwritten)) {
    if (value === "") address.searchParams.delete(key);
    else address.searchParams.set(key, value);
  }
  unwritten = {};
  const now = performance.now();
  const other = chosen && entry && JSON.stringify(linkOf(chosen)) !== JSON.stringify(linkOf(entry));
  if (other && !fixed && now - moved > MOMENT) {
    history.replaceState({ ...history.state, cam: entry }, ""); // what Back comes to
    history.pushState({ ...history.state, cam: chosen }, "", address);
  } else history.replaceState({ ...history.state, cam: chosen ?? entry }, "", address);
  if (other) moved = now;
  entry = chosen ?? entry;
  chosen = null;
  said = location.search;
  keep(upload ? { upload, address: said } : null);
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
