// How every component begins. Its body and its style sheet are made once and here: Gradio would compile its own templates
// and have the browser read the style sheet again whenever a property changes.

element.innerHTML = HTML;
element.prepend(Object.assign(document.createElement("style"), { textContent: `#${element.id} { ${CSS} }` }));

const unpacked = {};

// What a property says; the same object until the property changes.
function read(name) {
  const text = props[name];
  if (unpacked[name]?.text !== text) unpacked[name] = { text, value: text ? JSON.parse(text) : null };
  return unpacked[name].value;
}
