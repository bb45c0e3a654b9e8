// The paths of four optimizers on a narrow valley, each at a learning rate that is moved by a slider.
LIVE["optimizers"] = place => {
  const CURVE = [1, 25], START = [-4, 1.2], STEPS = 40, W = 340, H = 190;
  const loss = w => (CURVE[0] * w[0] ** 2 + CURVE[1] * w[1] ** 2) / 2;
  // Each is given gradient, what it keeps, and the step from 1; it returns the direction that the rate multiplies.
  const RULES = {
    "gradient descent": [.075, g => g],
    "momentum, β 0.8": [.03, (g, kept) => (kept.v = g.map((x, i) => .8 * (kept.v ? kept.v[i] : 0) + x))],
    "RMSprop": [.2, (g, kept) => {
      kept.v = g.map((x, i) => .9 * (kept.v ? kept.v[i] : 0) + .1 * x * x);
      return g.map((x, i) => x / (sqrt(kept.v[i]) + 1e-8));
    }],
    "Adam": [.6, (g, kept, t) => {
      kept.m = g.map((x, i) => .9 * (kept.m ? kept.m[i] : 0) + .1 * x);
      kept.v = g.map((x, i) => .999 * (kept.v ? kept.v[i] : 0) + .001 * x * x);
      return g.map((x, i) => kept.m[i] / (1 - .9 ** t) / (sqrt(kept.v[i] / (1 - .999 ** t)) + 1e-8));
    }],
  };
  const rates = Object.fromEntries(Object.entries(RULES).map(([name, [rate]]) => [name, rate]));
  const box = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img"}), rows = make("div", {className: "rates"}), said = {};
  const X = v => W / 2 + v * 36, Y = v => H / 2 - v * 46;

  function path(name) {
    let w = [...START];
    const kept = {}, found = [w];
    for (let t = 1; t <= STEPS; t++) {
      const by = RULES[name][1](w.map((x, i) => CURVE[i] * x), kept, t);
      w = w.map((x, i) => x - rates[name] * by[i]);
      found.push(w);
      if (!(loss(w) < 1e6)) break;
    }
    return found;
  }

  function draw() {
    box.replaceChildren();
    for (const level of [.5, 2, 5, 10, 17, 26]) {
      box.append(svg("ellipse", {cx: X(0), cy: Y(0), rx: 36 * sqrt(2 * level / CURVE[0]), ry: 46 * sqrt(2 * level / CURVE[1]), fill: "none", stroke: "var(--rule)", "stroke-width": 1.4}));
    }
    box.append(svg("circle", {cx: X(0), cy: Y(0), r: 4, fill: "var(--ink)"}));
    const ends = [];
    Object.keys(RULES).forEach((name, i) => {
      const found = path(name), last = loss(found[found.length - 1]), lost = !(last < 1e6);
      const near = v => max(-2000, min(2000, v)).toFixed(1);
      box.append(svg("path", {d: "M" + found.map(w => `${near(X(w[0]))} ${near(Y(w[1]))}`).join("L"), fill: "none", stroke: colors[i], "stroke-width": 2, "stroke-linejoin": "round"}));
      for (const w of found) if (abs(w[0]) < 9 && abs(w[1]) < 4) box.append(svg("circle", {cx: X(w[0]), cy: Y(w[1]), r: 2, fill: colors[i]}));
      said[name].textContent = lost || last > loss(START) ? "the loss grows: the rate is too high" : `loss ${last < .001 ? last.toExponential(0).replace("e-", "e−") : written(last, 3)} after ${STEPS} steps`;
      ends.push(`${name}: ${said[name].textContent}`);
    });
    box.setAttribute("aria-label", `the valley from above, and the paths of ${ends.join("; ")}`);
  }
  Object.entries(RULES).forEach(([name, [rate]], i) => {
    const key = make("span", {className: "key"});
    key.style.background = colors[i];
    said[name] = make("span", {className: "muted"});
    const row = slider(name, {low: log10(rate) - 1.5, high: log10(rate) + 1, step: .05, at: log10(rate), show: v => "η = " + (+pow(10, v).toPrecision(2)), change: v => { rates[name] = pow(10, v); draw(); }});
    row.prepend(key);
    rows.append(make("div", {}, row, said[name]));
  });
  place.append(make("p", {}, `Move the learning rates. All begin at the same place, loss ${written(loss(START), 0)}; the dot in the middle is the minimum.`), box, rows);
  draw();
};
