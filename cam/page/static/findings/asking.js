// What a place of the photo is asked about. Knows the state and where the photo lies; draws nothing.

import { drawnClass } from "../state.js";
import { holds } from "./places.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { State } from "../state.js" */

/** A place of the photo under the pointer; null beside it. @param {Parts} part @param {Stage} stage @param {MouseEvent} event */
export function placeOf(part, stage, event) {
  if (!stage.photo) return null;
  const box = part.stage.getBoundingClientRect();
  const { kx, ky, left, top } = stage.transform();
  const [x, y] = [(event.clientX - box.left - left) / kx, (event.clientY - box.top - top) / ky];
  const [w, h] = stage.photo.size;
  return x >= 0 && y >= 0 && x < w && y < h ? { x, y } : null;
}

/** The class that is asked about at a place: that of the region there, else of the finding on show. @param {State} state @param {number} x @param {number} y */
export function classAt(state, x, y) {
  const findings = state.confirmed?.findings ?? [];
  const view = state.confirmed?.photo.view;
  const there = findings.find(({ mask }) => mask && view && holds(mask, view, x, y));
  return (there ?? findings[drawnClass(state)] ?? findings[0])?.index ?? 0;
}
