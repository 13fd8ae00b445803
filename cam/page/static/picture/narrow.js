// A narrow screen: the predictions stand right below the picture, and the choices below all that. The order of the document
// follows, so that the keyboard and a screen reader meet things as they are seen; what gets the focus is not scrolled to below
// the picture that stays in sight.

/** @import { Parts } from "../dom.js" */

/** @param {Parts} part @param {HTMLElement} root */
export function followWidth(part, root) {
  const [phone, tablet] = ["(max-width: 700px)", "(max-width: 1000px)"].map((query) => matchMedia(query));
  const side = /** @type {HTMLElement} */ (part.classesCard.parentElement);
  const arrange = () => {
    if (phone.matches) part.status.after(part.classesCard);
    else side.prepend(part.classesCard);
    const [left, main] = [".cam-left", ".cam-main"].map((name) => document.querySelector(`.cam-explore > ${name}`));
    if (root.closest(".cam-main") !== main || !main || !left) return;
    if (tablet.matches) main.after(left);
    else main.before(left);
  };
  for (const query of [phone, tablet]) query.addEventListener("change", arrange);
  arrange();
  const { style } = document.documentElement;
  const clear = () => {
    const sticks = getComputedStyle(part.frame).position === "sticky";
    style.setProperty("--cam-sticky", sticks ? `${part.frame.offsetHeight}px` : "0px");
  };
  new ResizeObserver(clear).observe(part.frame);
  window.addEventListener("resize", clear);
}
