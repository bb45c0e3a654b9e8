// Live plots: curves are functions that stand here, filled in by the server from the lessons.
const {abs, cos, exp, floor, log, log10, max, min, pow, sin, sqrt, tanh, PI} = Math, round = Math.round;
// log n!, also between whole numbers: Stirling's series, which is good from 8 on, and n! = (n + 1)! / (n + 1) below.
function lg(n) { let less = 0; while (n < 8) { n += 1; less += log(n); } return (n + .5) * log(n) - n + .9189385332 + 1 / (12 * n) - less; }
const curves = {{curves}};
const colors = ["var(--sea)", "var(--amber)", "var(--violet)", "var(--good)", "var(--problem)"];

// Round numbers, 1, 2 or 5 times a power of ten apart, about so many between two ends; as they are written.
function ticks(low, high, many) {
  const rough = (high - low) / many, ten = pow(10, floor(log10(rough)));
  const step = ten * [1, 2, 5, 10].find(m => m * ten >= rough * .999);
  const found = [], digits = max(0, -floor(log10(step) + 1e-9));
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    const v = i * step;
    const words = v && (abs(v) >= 1e5 || digits > 4) ? (+v.toPrecision(3)).toExponential().replace("e+", "e") : v.toFixed(digits);
    found.push([v, words.replace("-", "−")]);
  }
  return found;
}

// Lines in a box: `series` are lists of [x, y]; what is no number is a gap.
function drawLines(box, W, H, x, series, more = []) {
  const L = 58, R = 16, T = 10, B = 26, [a, b] = x;
  const ys = series.flat().map(p => p[1]).concat(more).filter(Number.isFinite);
  let low = ys.length ? Math.min(...ys) : 0, high = ys.length ? Math.max(...ys) : 1;
  if (high - low < 1e-9) { low -= .5; high += .5; }
  const pad = (high - low) * .06;
  low -= pad; high += pad;
  const X = v => L + (v - a) / (b - a) * (W - L - R), Y = v => T + (high - v) / (high - low) * (H - T - B);
  const word = (place, words) => { const t = svg("text", place); t.textContent = words; box.append(t); };
  box.replaceChildren();
  for (const [y, words] of ticks(low, high, 5)) {
    box.append(svg("line", {x1: L, x2: W - R, y1: Y(y), y2: Y(y), stroke: "var(--rule)"}));
    word({x: L - 6, y: Y(y) + 4, "text-anchor": "end"}, words);
  }
  for (const [v, words] of ticks(a, b, W < 480 ? 5 : 7)) word({x: X(v), y: H - 8, "text-anchor": "middle"}, words);
  series.forEach((points, i) => {
    let d = "", pen = "M";
    for (const [v, y] of points) {
      if (Number.isFinite(y)) { d += pen + X(v).toFixed(1) + " " + Y(y).toFixed(1); pen = "L"; } else pen = "M";
    }
    box.append(svg("path", {d, fill: "none", stroke: colors[i % 5], "stroke-width": 2.4, "stroke-linejoin": "round"}));
    if (points.length === 1) box.append(svg("circle", {cx: X(points[0][0]), cy: Y(points[0][1]), r: 3.5, fill: colors[i % 5]}));
  });
}

function legend(place, names) {
  names.forEach((name, i) => {
    const k = make("span", {className: "key"});
    k.style.background = colors[i % 5];
    place.append(make("span", {className: "pair"}, k, name), " ");
  });
}

function plot(place, id, told) {
  // Drawn as wide as there is room, so that letters keep their size on a telephone.
  const W = max(260, min(720, place.clientWidth - 34)), H = W < 480 ? 210 : 250, values = {};
  const caption = make("figcaption", {}, told.title), names = Object.keys(told.curves);
  const sliders = Object.entries(told.sliders).filter(([name]) => name !== "unused");
  place.replaceChildren(caption);
  legend(caption, names);
  const box = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": told.title});
  const row = make("div", {className: "sliders"});
  place.append(box, row);
  for (const [name, [low, high, at]] of Object.entries(told.sliders)) values[name] = at;
  for (const [name, [low, high, at]] of sliders) {
    const input = make("input", {type: "range", min: low, max: high, step: (high - low) / 100});
    const out = make("output", {}, " " + at);
    input.value = at;
    input.oninput = () => { values[name] = +input.value; out.textContent = " " + (+(+input.value).toPrecision(3)); draw(); };
    row.append(make("label", {}, name + " ", input, out));
  }
  function draw() {
    const [a, b] = told.x, n = 240;
    const at = (name, x) => curves[id + "/" + name](x, ...Object.values(values));
    const series = names.map(name => Array.from({length: n + 1}, (_, i) => { const x = a + (b - a) * i / n; return [x, at(name, x)]; }));
    drawLines(box, W, H, told.x, series, told.y || []);
  }
  draw();
}

function plots(article) {
  article.querySelectorAll("figure.plot").forEach((f, i) => plot(f, article.dataset.id + "/" + i, JSON.parse(f.dataset.plot)));
}
