// Gradio's panel about the API in the page's language: its English texts are replaced as they appear. It is modal, so the
// language cannot change while it is open. Ways that this server does not offer are not shown. Knows Gradio's document.

import { language } from "../language.js";
import { TEXT } from "../words.js";

const NOT_HERE = ["CLI", "MCP"]; // tabs of the panel

/** @type {[RegExp, (...found: string[]) => string][]} */
const WORDS = [
  [/^documentation$/, () => TEXT.panel.documentation],
  [/^API Recorder$/, () => TEXT.panel.recorder],
  [/^API endpoints?$/, () => TEXT.panel.endpoint],
  [/^Choose one of the following ways/, () => TEXT.panel.ways],
  [/^Copy Page$/, () => TEXT.panel.copyPage],
  [/^1\. Install the$/, () => TEXT.panel.install],
  [/^client \($/, () => TEXT.panel.client],
  [/^docs$/, () => TEXT.panel.documents],
  [/^\) if you don't already have it installed\.$/, () => TEXT.panel.installed],
  [/^2\. Find the API endpoint below/, () => TEXT.panel.find],
  [/^Or use the$/, () => TEXT.panel.orUse],
  [/^to automatically generate your API requests\.$/, () => TEXT.panel.generate],
  [/^API name:$/, () => TEXT.panel.name],
  [
    /^See where an image .* made to fit, (.*)\. contrast: .* one map, or (.*)\. effort of a slow method: (.*)\. target: .*$/s,
    (fits, combinations, efforts) => TEXT.panel.about(fits, combinations, efforts),
  ],
  [/^Accepts (\d+)\s+parameter$/, (count) => TEXT.panel.accepts(count)],
  [/^s$/, () => ""],
  [/^:$/, () => ""],
  [/^Required$/, () => TEXT.panel.required],
  [/^Default:$/, () => TEXT.panel.usual],
  [/^The input value that is provided in the "(\w+)"/, (name) => TEXT.panel.input(name)],
  [/^Returns$/, () => TEXT.panel.returns],
  [/^tuple of (\d+)\s+elements$/, (count) => TEXT.panel.tuple(count)],
  [/^The output value that appears in the "(\w+)"/, (name) => TEXT.panel.output(name)],
];

/** What stands for a text of the panel; null for what stays as it is. @param {string} text */
export function worded(text) {
  for (const [pattern, words] of WORDS) {
    const found = pattern.exec(text);
    if (found) return words(...found.slice(1));
  }
  return null;
}

/** @param {Element} panel */
function nameAll(panel) {
  for (const button of panel.querySelectorAll("button, li"))
    if (button instanceof HTMLElement && NOT_HERE.includes(button.textContent?.trim() ?? ""))
      button.style.display = "none";
  if (language() === "en") return;
  panel.setAttribute("aria-label", TEXT.api);
  const walk = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = /** @type {Text} */ (walk.currentNode);
    if (!node.data.trim() || node.parentElement?.closest("pre, code, style")) continue;
    const words = worded(node.data.trim());
    if (words !== null && words !== node.data) node.data = words;
  }
}

const SOON = 50; // ms between two looks for the panel
const LOOKS = 200;

/** Give the panel its words when it is opened, and whenever it shows something else. */
export function namePanel() {
  let timer = 0;
  const look = () => {
    let left = LOOKS;
    clearInterval(timer);
    timer = window.setInterval(() => {
      const panel = document.querySelector(".api-docs");
      if (panel || --left <= 0) clearInterval(timer);
      if (!panel) return;
      nameAll(panel);
      new MutationObserver(() => nameAll(panel)).observe(panel, {
        childList: true,
        subtree: true,
        characterData: true,
      });
    }, SOON);
  };
  for (const footer of document.querySelectorAll("footer")) footer.addEventListener("click", look);
  if (new URLSearchParams(location.search).get("view") === "api") look();
}
