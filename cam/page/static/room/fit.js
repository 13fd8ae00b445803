// How the page is shown: to a room, or in a frame of another page; and what that leaves for a picture. Knows the window.

const SIDE_BY_SIDE = 1000; // CSS pixels from which on the controls stand beside the picture
const EDGE = 16;
const TYPE = 24 / 14; // how much larger than usual type is on a wall

export const presenting = () => document.body.classList.contains("cam-present");
export const embedded = () => document.body.classList.contains("cam-embed");

/** By how much figures with words in them are larger than usual. */
export const typeScale = () => (presenting() ? TYPE : 1);

/**
 * CSS pixels that a picture may be high; null for as usual.
 * @param {HTMLElement} frame of the picture @param {number} room how wide that is
 */
export function heightFor(frame, room) {
  const pair = frame.closest(".room-pair.on");
  if (presenting() && window.innerWidth >= SIDE_BY_SIDE) {
    const words = pair?.querySelector(".room-name");
    return Math.max(240, window.innerHeight - EDGE - (words instanceof HTMLElement ? words.offsetHeight : 0));
  }
  if (embedded()) return Math.min(720, Math.max(240, room)); // not by the window: the frame follows our height
  return pair ? Math.min(760, Math.max(240, 0.58 * window.innerHeight), Math.max(200, 1.2 * room)) : null;
}
