// Words in a PNG: how the picture was made. A text is an iTXt chunk in UTF-8 right behind the header (PNG, third edition,
// 11.3.2.4); the pixels stay as they are. Pure.

/** @import { Drawn } from "./main.js" */

const HEADER = 33; // bytes of the signature and of IHDR, which comes first

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** The check sum of a chunk's type and data. @param {Uint8Array} bytes */
export function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** @param {string} keyword @param {string} text @returns {Uint8Array} */
function chunk(keyword, text) {
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`); // not compressed, no language, no other keyword
  const found = new Uint8Array(body.length + 8);
  const view = new DataView(found.buffer);
  view.setUint32(0, body.length - 4);
  found.set(body, 4);
  view.setUint32(body.length + 4, crc(body));
  return found;
}

/**
 * A PNG with texts by their keywords; empty ones are left out.
 * @param {Uint8Array<ArrayBuffer>} png @param {Record<string, string>} texts @returns {Uint8Array<ArrayBuffer>}
 */
export function withText(png, texts) {
  const chunks = Object.entries(texts).flatMap(([keyword, text]) => (text ? [chunk(keyword, text)] : []));
  const found = new Uint8Array(png.length + chunks.reduce((sum, one) => sum + one.length, 0));
  found.set(png.subarray(0, HEADER));
  let at = HEADER;
  for (const one of chunks) {
    found.set(one, at);
    at += one.length;
  }
  found.set(png.subarray(HEADER), at);
  return found;
}

/** How a picture was made, by keyword: the names by which the command line and Python take it. @param {Drawn} drawn @param {string} label @returns {Record<string, string>} */
export function facts({ confirmed, index, evidence, common }, label) {
  const { picture, choice, findings } = confirmed;
  return {
    Model: picture.at.model,
    Layer: picture.layer,
    Method: picture.at.method,
    Class: picture.class_blind || findings ? "" : `${index} ${label}`,
    ...(findings && !picture.class_blind ? { Finding: `${index + 1} ${label}` } : {}),
    Fit: picture.at.fit,
    Detail: String(picture.at.detail),
    Contrast: picture.contrast ? "look-alikes" : "",
    Combination: choice.combine,
    Effort: choice.effort === "exact" ? "" : choice.effort,
    Evidence: evidence,
    Scale: common ? `common, full brightness at ${Number(common.peak.toPrecision(6))}` : "own",
    Unfinished: picture.share < 1 ? `${Math.floor(100 * picture.share)} %` : "",
  };
}
