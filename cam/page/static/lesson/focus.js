// The focus stays where it was while the lesson draws a control anew: on the same control, or where one goes on from.

/** @param {Element} button */
const signOf = (button) =>
  [button.className.replace(" lit", ""), button.getAttribute("aria-label"), button.textContent].join("|");

/**
 * Do what draws parts of the lesson anew, or hides them.
 * @param {HTMLElement} root @param {() => HTMLElement} rest where one goes on from when the control is gone
 * @param {() => void} act
 */
export function keepingFocus(root, rest, act) {
  const before = document.activeElement;
  if (!(before instanceof HTMLElement) || !root.contains(before)) return act();
  const place = /** @type {HTMLElement | null} */ (before.closest("[data-part]"));
  const sign = signOf(before);
  act();
  if (document.activeElement === before && !before.hidden) return;
  const same = [...(place?.querySelectorAll("button") ?? [])].find((one) => signOf(one) === sign);
  (same ?? rest()).focus({ preventScroll: true });
}

/** Turn to a tab of the page, with the focus. @param {HTMLElement} tab */
export function turnTo(tab) {
  tab.click();
  tab.focus();
}
