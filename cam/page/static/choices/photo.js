// The card of the photo: dropped, pasted, picked, taken with the camera, or an example. Knows the document; sends what comes.

import { closeCamera, openCamera, photoFrom } from "../camera.js";
import { act } from "../connection.js";
import { write } from "../dom.js";
import { say, sendPhoto } from "../photos.js";
import { sayPrivacy } from "../privacy.js";
import { own, said } from "../said.js";
import { opening } from "../state.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";

/** @import { CameraError } from "../camera.js" */
/** @import { Example } from "../protocol.js" */
/** @import { State } from "../state.js" */
/** @import { Find } from "./main.js" */

/** @param {HTMLElement} element @param {Find} $ @param {Example[]} examples */
export function makePhoto(element, $, examples) {
  $(".examples").replaceChildren(...examples.filter(({ lesson }) => !lesson).map(exampleButton));
  const file = /** @type {HTMLInputElement} */ ($(".file"));
  $(".drop").onclick = () => file.click();
  file.onchange = () => {
    sendPhoto([...(file.files ?? [])]);
    file.value = "";
  };
  // While the tab is open; before a room, and in another page's frame, it stands without the choices.
  const tab = element.closest(".cam-explore") ?? element;
  listenForFiles($(".veil"), () => tab.checkVisibility());
  listenForCamera($);
  sayPrivacy($(".privacy"), true);
  store.subscribe((state) => show(element, $, state));
}

/** @param {Example} example */
function exampleButton({ name, title, thumb }) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.dataset.name = name;
  button.append(Object.assign(new Image(), { src: thumb, alt: "" }));
  store.subscribe((state, before) => {
    if (state !== before && state.language === before.language) return;
    button.title = TEXT.exampleTitle(name, title);
    button.setAttribute("aria-label", TEXT.example(button.title));
  });
  button.onclick = () => act({ photo: { example: name } });
  return button;
}

/** @param {HTMLElement} element @param {Find} $ @param {State} state */
function show(element, $, state) {
  const { wanted, confirmed, sent, note, echo } = state;
  for (const button of element.querySelectorAll(".examples button"))
    if (button instanceof HTMLElement)
      button.setAttribute("aria-pressed", String(button.dataset.name === wanted.photo.example));
  const busy = opening(state);
  $(".drop").classList.toggle("busy", busy);
  write($(".drop .hint"), busy ? TEXT.opening : TEXT.drop);
  // A sentence that the server sent stands under the picture, too: where both are in sight, this line does not echo it.
  const line = $("#cam-photo-note");
  write(line, said(note));
  line.hidden = !note;
  line.classList.toggle("echo", echo);
  const small = confirmed?.card.thumb || sent?.thumb;
  if (!confirmed || !small) return; // it follows, with its name
  const thumb = /** @type {HTMLImageElement} */ ($(".thumb"));
  if (thumb.getAttribute("src") !== small) thumb.src = small;
  const { example } = confirmed.choice.photo;
  thumb.alt = example ? TEXT.exampleTitle(example, confirmed.card.title) : TEXT.ownPhoto;
}

/** @param {HTMLElement} veil @param {() => boolean} visible */
function listenForFiles(veil, visible) {
  let depth = 0;
  const kinds = ["Files", "text/uri-list"];
  const carries = (/** @type {DragEvent} */ event) =>
    visible() && (event.dataTransfer?.types ?? []).some((type) => kinds.includes(type));
  document.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth += 1;
    veil.classList.add("on");
  });
  document.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) veil.classList.remove("on");
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    if (!carries(event)) return;
    veil.classList.remove("on");
    event.preventDefault();
    const files = event.dataTransfer?.files;
    if (files?.length) sendPhoto(files);
    else say(own("onlyAddress"));
  });
  document.addEventListener("paste", (event) => {
    if (!visible() || !event.clipboardData?.files.length) return;
    event.preventDefault();
    sendPhoto(event.clipboardData.files);
  });
}

/** @param {Find} $ */
function listenForCamera($) {
  /** @type {MediaStream | null} */
  let stream = null;
  const dialog = /** @type {HTMLDialogElement} */ ($(".shot"));
  const video = /** @type {HTMLVideoElement} */ ($(".shot video"));
  const close = () => {
    closeCamera(stream);
    stream = null;
    if (dialog.open) dialog.close();
  };
  $(".camera").onclick = async () => {
    try {
      stream = await openCamera({ facingMode: "environment", width: { ideal: 1280 } });
    } catch (error) {
      return say(/** @type {CameraError} */ (error).said);
    }
    say(null);
    video.srcObject = stream;
    dialog.showModal();
    video.play();
  };
  $(".shot .cancel").onclick = close;
  dialog.addEventListener("close", close);
  $(".shot .take").onclick = async () => {
    const taken = photoFrom(video);
    close();
    sendPhoto([await taken]);
  };
}
