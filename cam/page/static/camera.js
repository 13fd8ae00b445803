// The camera of a visitor's device: how it is opened, closed and turned into a photo. Knows media devices; knows no layout.

import { own } from "./said.js";
import { TEXT } from "./words.js";

/** @import { Said } from "./protocol.js" */

/** A camera that cannot be opened, and the sentence for the visitor. */
export class CameraError extends Error {
  /** @param {Said} said */
  constructor(said) {
    super(said.code);
    this.said = said;
  }
}

/**
 * Open a camera; raises a `CameraError`.
 * @param {MediaTrackConstraints} wish
 */
export async function openCamera(wish) {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError(own("camera.insecure"));
  try {
    return await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    throw new CameraError(own(/Error$/.test(name) && name in TEXT.camera ? `camera.${name}` : "camera.other"));
  }
}

/** Release a camera: its light goes out. @param {MediaStream | null} stream */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** What a video or a canvas shows, at its own size, as a file. @param {HTMLVideoElement | HTMLCanvasElement} source @returns {Promise<File>} */
export function photoFrom(source) {
  let canvas = source;
  if (canvas instanceof HTMLVideoElement) {
    const [width, height] = [canvas.videoWidth, canvas.videoHeight];
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    copy.getContext("2d")?.drawImage(canvas, 0, 0);
    canvas = copy;
  }
  const sheet = canvas;
  return new Promise((done) => {
    sheet.toBlob(
      (blob) => done(new File(blob ? [blob] : [], "camera.jpg", { type: "image/jpeg" })),
      "image/jpeg",
      0.92,
    );
  });
}
