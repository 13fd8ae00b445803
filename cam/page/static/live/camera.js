// The live camera: one frame is on its way at a time. Its picture is kept until the answer is there, so the map never lies on
// another frame; what the camera sees meanwhile is dropped, and the newest frame goes next. Knows no layout and no colours.

import { CameraError, closeCamera, openCamera } from "../camera.js";
import { call } from "../connection.js";
import { own } from "../said.js";

/** @import { FrameAnswer, Said } from "../protocol.js" */

const RETRIES = 5;
const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** @typedef {{model: string, class: number | null, box: number[] | null}} FrameWish `box` where it was, in parts of the frame */
/** @typedef {{canvas: HTMLCanvasElement, began: number, wish: FrameWish, aim: object | null}} Frame */
/**
 * @typedef {object} Viewer what is done with what comes
 * @property {() => FrameWish} wish
 * @property {() => object | null} aim what the person chose, which stays the same while it moves
 * @property {() => number} side pixels of the longer side that the server gets
 * @property {() => string} device
 * @property {(frame: Frame, answer: FrameAnswer) => void} take show a frame, or give it back
 * @property {(state: "off" | "asking" | "on") => void} show
 * @property {(sentence: Said | null) => void} say
 * @property {(stream: MediaStream) => void} opened
 */

const rest = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

export class LiveCamera {
  /** @type {MediaStream | null} */
  stream = null;
  /** @type {object | null} the loop that may go on; a loop that is not it ends */
  run = null;
  asked = false; // whether a request is out: one at a time, also when the camera is stopped and started meanwhile
  arrived = false; // whether the camera has a frame that was not sent
  wake = () => {}; // what waits for one
  /** @type {HTMLCanvasElement[]} for frames */
  free = [];
  small = document.createElement("canvas");

  /** @param {HTMLVideoElement} video @param {Viewer} viewer */
  constructor(video, viewer) {
    this.video = video;
    this.viewer = viewer;
  }

  async start() {
    this.stop();
    const mine = {};
    this.run = mine;
    this.viewer.show("asking");
    this.viewer.say(own("camera.asking"));
    const device = this.viewer.device();
    const opened = await openCamera({
      ...SIZE,
      ...(device ? { deviceId: { exact: device } } : { facingMode: "environment" }),
    }).catch((/** @type {CameraError} */ error) => error);
    if (opened instanceof CameraError) {
      if (this.run === mine) this.stop(opened.said);
      return;
    }
    if (this.run !== mine) return closeCamera(opened);
    this.stream = opened;
    opened.getVideoTracks()[0].addEventListener("ended", () => {
      if (this.run === mine) this.stop(own("camera.lost"));
    });
    this.video.srcObject = opened;
    await this.video.play().catch(() => {});
    if (this.run !== mine) return;
    this.viewer.opened(opened);
    this.viewer.show("on");
    this.viewer.say(own("camera.waiting"));
    this.follow(mine);
    this.loop(mine);
  }

  /** The camera's light goes out; a request that is out is answered to nobody. @param {Said | null} [sentence] */
  stop(sentence = null) {
    this.run = null;
    closeCamera(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.viewer.show("off");
    this.viewer.say(sentence);
  }

  /** A page in the background gets no frames and asks for nothing. @param {object} mine */
  follow(mine) {
    if (this.run !== mine) return;
    this.arrived = true;
    this.wake();
    const next = () => this.follow(mine);
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  }

  /** Wait for a frame that was not sent. @returns {Promise<void>} */
  frame() {
    return new Promise((done) => {
      this.wake = done;
      if (this.arrived) done();
      else setTimeout(() => document.hidden || done(), 500); // some browsers do not report frames of a video out of sight
    });
  }

  /** An answer is painted while the server works on the next frame, or while there is none. @param {object} mine */
  async loop(mine) {
    let failures = 0;
    let take = () => {};
    const taken = () => {
      take();
      take = () => {};
    };
    while (this.run === mine) {
      if (!this.arrived) taken();
      await this.frame();
      if (this.run !== mine) return;
      if (this.asked || !this.video.videoWidth) {
        await rest(10);
        continue;
      }
      const { answer, ...sent } = this.send();
      taken();
      const found = await answer;
      if (this.run !== mine) return;
      failures = found ? 0 : failures + 1;
      if (found?.error) return this.stop(found.error);
      if (failures >= RETRIES) return this.stop(own("camera.silent"));
      if (found) take = () => this.viewer.take(sent, found);
      else {
        this.free.push(sent.canvas);
        this.viewer.say(own("camera.retry"));
        await rest(1000);
      }
    }
  }

  /** Send the camera's picture as it is now: kept at full size, sent as a small JPEG. @returns {Frame & {answer: Promise<FrameAnswer | null>}} */
  send() {
    const began = performance.now();
    const canvas = this.free.pop() ?? document.createElement("canvas");
    [canvas.width, canvas.height] = [this.video.videoWidth, this.video.videoHeight];
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    const part = Math.min(1, this.viewer.side() / Math.max(canvas.width, canvas.height));
    [this.small.width, this.small.height] = [canvas.width, canvas.height].map((side) =>
      Math.max(8, Math.round(side * part)),
    );
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.small.getContext("2d"));
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(canvas, 0, 0, this.small.width, this.small.height);
    const [wish, aim] = [this.viewer.wish(), this.viewer.aim()];
    this.arrived = false;
    this.asked = true;
    const frame = this.small.toDataURL("image/jpeg", 0.85).split(",")[1];
    const answer = call("explain_frame", { frame, ...wish })
      .catch(() => null)
      .finally(() => {
        this.asked = false;
      });
    return { canvas, began, wish, aim, answer };
  }
}
