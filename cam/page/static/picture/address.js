// How the picture is looked at, in the page's address: evidence, colours, opacity, threshold, contours, wipe and zoom; and a
// class that a link names by its name. Knows the stage and the controls; what an address looks like is in `link.js`.

import { chooseClass } from "../connection.js";
import { classAsked, kept, lookLink, lookOf, remember, wishOf } from "../link.js";
import { learnNames } from "../predictions/names.js";
import { bestNamed } from "../predictions/search.js";
import { own } from "../said.js";
import { store } from "../store.js";

/** @import { Parts } from "../dom.js" */
/** @import { Look } from "../link.js" */
/** @import { Evidence, State } from "../state.js" */
/** @import { Stage } from "./stage.js" */

/** @param {Parts} part @param {Stage} stage */
export function makeAddress(part, stage) {
  const { search } = location;
  const asks = wishOf(search, kept()) !== null;
  let opened = false;
  const look = /** @type {() => Look} */ (
    () => {
      const { zoom, x, y } = stage.view;
      const [width, height] = stage.photo?.size ?? [1, 1];
      const field = (/** @type {string} */ name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (part[name]);
      return {
        evidence: store.state.evidence,
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
  store.subscribe((state, last) => {
    if (!opened && settled(state, asks)) {
      apply(part, stage, lookOf(search));
      opened = true;
      takeClass(classAsked(search));
    } else if (state.evidence !== last.evidence) write();
  });
}

/** Whether what the page opened with is on show: its picture, or that of the link. @param {State} state @param {boolean} asks */
const settled = ({ confirmed, pending, asked }, asks) => Boolean(confirmed && !pending && (asked || !asks));

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
  if (look.evidence) store.set({ evidence: /** @type {Evidence} */ (look.evidence) });
}

/** A class by any of its names, once those are here; that there is none is said. @param {string} name */
async function takeClass(name) {
  if (!name) return;
  const { confirmed, asked } = store.state;
  await learnNames(confirmed?.shown.labels);
  if (store.state.asked !== asked) return; // the person chose something else meanwhile
  const index = bestNamed(name);
  if (index < 0) store.set({ message: own("notFound", name) });
  else chooseClass(index);
}
