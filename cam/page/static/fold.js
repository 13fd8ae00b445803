// What is one fold away: a button that opens a part of the page and remembers that. Knows the browser's storage.

/** Storage is closed to some embedded pages; the fold is then remembered as long as the page. @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key) === "open";
  } catch {
    return false;
  }
}

/** @param {string} key @param {boolean} open */
function remember(key, open) {
  try {
    localStorage.setItem(key, open ? "open" : "closed");
  } catch {
    /* lasts as long as the page */
  }
}

/**
 * Let a button fold and unfold a body. What is returned opens it for this once, without remembering.
 * @param {HTMLElement} button @param {HTMLElement} body @param {string} key of the browser's storage
 */
export function makeFold(button, body, key) {
  const show = (/** @type {boolean} */ open) => {
    button.setAttribute("aria-expanded", String(open));
    body.classList.toggle("folded", !open);
  };
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    show(open);
    remember(key, open);
  });
  show(remembered(key));
  return () => show(true);
}
