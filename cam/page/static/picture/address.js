// How the picture is looked at, in the page's address: evidence, colours, opacity, threshold, contours, wipe and zoom. Knows
// the stage and the controls; what an address looks like is in `link.js`.

import { lookLink, lookOf, remember } from "../link.js";
import { store } from "../store.js";
import { linked } from "../visit.js";

/** @import { Parts } from "../dom.js" */
/** @import { Look } from "../link.js" */
/** @import { Evidence, State } from "../state.js" */
/** @import { Stage } from "./stage.js" */

/** @param {Parts} part @param {Stage} stage */
export function makeAddress(part, stage) {
  let opened = false;
  const look = /** @type {() => Look} */ (
    () => {
      const { zoom, x, y } = stage.view;
      const [width, height] = stage.photo?.size ?? [1, 1];
      const field = (/** @type {string} */ name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (part[name]);
      return {
        evidence: store.state.evidence,
        scale: store.state.scale,
        colours: field("colours").value,
        usualColours: /** @type {HTMLSelectElement} */ (part.colours).options[0]?.value ?? "",
        opacity: stage.look.opacity,
        hide: stage.look.hide,
        contours: stage.look.contours ? field("levels").value : "",
        wipe: stage.look.wipe,
        zoom: zoom > 1 ? [zoom, x / width, y / height] : null,
      };
    }
  );
  const write = () => {
    const { confirmed } = store.state;
    if (opened && confirmed) remember(lookLink(look()), confirmed.choice.photo);
  };
  const before = stage.onLook;
  stage.onLook = () => {
    before();
    write();
  };
  linked.then(({ search }) => {
    apply(part, stage, lookOf(search));
    opened = true;
    store.subscribe((state, last) => {
      if (state.evidence !== last.evidence || state.scale !== last.scale) write();
    });
  });
}

/** Set the controls to what a link names, as a person does. @param {Parts} part @param {Stage} stage @param {Partial<Look>} look */
function apply(part, stage, look) {
  const set = (/** @type {string} */ name, /** @type {unknown} */ value, /** @type {string} */ event) => {
    if (value === undefined) return;
    const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (part[name]);
    const usual = field.value;
    field.value = String(value);
    if (!field.value)
      field.value = usual; // a link may name what does not exist
    else field.dispatchEvent(new Event(event));
  };
  set("colours", look.colours, "change");
  set("opacity", look.opacity, "input");
  set("hide", look.hide, "input");
  if (look.contours) set("levels", look.contours, "change");
  if (look.wipe !== undefined) stage.setLook({ wipe: look.wipe });
  if (look.zoom && stage.photo) {
    const [zoom, x, y] = look.zoom;
    const [width, height] = stage.photo.size;
    Object.assign(stage.view, { zoom, x: x * width, y: y * height });
    stage.zoomBy(1);
  }
  if (look.scale) store.set({ scale: /** @type {State["scale"]} */ (look.scale) });
  if (look.evidence) store.set({ evidence: /** @type {Evidence} */ (look.evidence) });
}
