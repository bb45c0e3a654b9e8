// Live diagrams. Each is one file, live/NAME.js, beside the still of that name in fathom/learning/diagrams:
//   LIVE["name"] = place => { place.append(…); };
// `place` is empty and stands below the still, which stays. What is shown is told in words, too; whatever is done with a
// pointer can be done with keys; colours are the page's; nothing moves by itself where motion is to be reduced.
const LIVE = {};

function lively(article) {
  for (const figure of article.querySelectorAll("figure.diagram")) {
    const name = figure.dataset.diagram;
    if (!Object.hasOwn(LIVE, name || "") || figure.querySelector(".live")) continue;
    const place = make("div", {className: "live", role: "group", "aria-label": "the picture, to be tried"});
    figure.append(place);
    LIVE[name](place);
  }
}

const stillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Numbers as they are written: a true minus, and no more digits than are asked.
const written = (v, digits = 0) => (+v.toFixed(digits) === 0 ? 0 : v).toFixed(digits).replace("-", "−");

function svgText(box, words, more) {
  const text = svg("text", more);
  text.textContent = words;
  box.append(text);
  return text;
}

// A slider with its name and its value.
function slider(name, {low, high, step, at, show = String, change}) {
  const input = make("input", {type: "range", min: low, max: high, step}), out = make("output", {}, " " + show(at));
  input.value = at;
  input.oninput = () => { out.textContent = " " + show(+input.value); change(+input.value); };
  return make("label", {}, name + " ", input, out);
}

// Where a pointer is, in the units of a drawing.
function spot(box, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(box.getScreenCTM().inverse());
  return [at.x, at.y];
}

const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
