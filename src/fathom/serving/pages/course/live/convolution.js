// A filter slides over a picture that is painted by hand.
LIVE["convolution"] = place => {
  const N = 8, K = 3, M = N - K + 1, LIMIT = 9;
  const FILTERS = {
    "edge: 1 left, 0 right": [[1, 0, -1], [1, 0, -1], [1, 0, -1]], "edge: 1 above, 0 below": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    "a dot": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], "sum (blur)": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "diagonal": [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
  };
  let pixels = Array.from({length: N}, (_, i) => Array.from({length: N}, (_, j) => +(i >= 1 && i <= 5 && j >= 2 && j <= 4)));
  let filter = FILTERS["edge: 1 left, 0 right"].map(row => [...row]), at = 0, timer = 0;
  const values = () => Array.from({length: M}, (_, i) => Array.from({length: M}, (_, j) => sum(i, j)));
  const sum = (i, j) => filter.flatMap((row, u) => row.map((w, v) => w * pixels[i + u][j + v])).reduce((a, b) => a + b, 0);

  const grid = make("div", {className: "pixels", role: "group", "aria-label": "the picture, 8 by 8: arrows go from pixel to pixel, space changes one"});
  const cells = pixels.flatMap((row, i) => row.map((_, j) => {
    const one = make("button", {type: "button", tabIndex: i + j ? -1 : 0});
    one.onclick = () => { pixels[i][j] = 1 - pixels[i][j]; draw(); };
    one.onkeydown = event => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      const to = cells[max(0, min(N - 1, i + by[1])) * N + max(0, min(N - 1, j + by[0]))];
      one.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    };
    grid.append(one);
    return one;
  }));
  const choose = make("select", {id: "convolution-filter"}, ...[...Object.keys(FILTERS), "your own"].map(name => make("option", {}, name)));
  choose.onchange = () => { if (FILTERS[choose.value]) { filter = FILTERS[choose.value].map(row => [...row]); fill(); draw(); } };
  const weights = make("div", {className: "weights", role: "group", "aria-label": "the filter, 3 by 3"});
  const inputs = filter.flatMap((row, u) => row.map((_, v) => {
    const one = make("input", {type: "number", min: -LIMIT, max: LIMIT, step: 1, "aria-label": `weight, row ${u}, column ${v}`});
    one.oninput = () => { filter[u][v] = max(-LIMIT, min(LIMIT, round(+one.value || 0))); choose.value = "your own"; draw(); };
    weights.append(one);
    return one;
  }));
  const fill = () => inputs.forEach((one, i) => { one.value = filter[floor(i / K)][i % K]; });
  const out = make("div", {className: "maps", role: "img"}), outs = Array.from({length: M * M}, (_, n) => {
    const one = make("span");
    one.onclick = () => go(n);
    out.append(one);
    return one;
  });
  const told = make("p", {className: "says", role: "status"});
  const range = make("input", {type: "range", min: 0, max: M * M - 1, step: 1, value: 0, id: "convolution-place"});
  range.oninput = () => { stop(); go(+range.value); };
  const play = button("Slide", () => (timer ? stop() : start()));

  function go(n) { at = n; range.value = n; draw(); }
  function stop() { clearInterval(timer); timer = 0; play.textContent = "Slide"; }
  function start() {
    if (at === M * M - 1) go(0);
    play.textContent = "Stop";
    timer = setInterval(() => { if (!place.isConnected || at === M * M - 1) stop(); else go(at + 1); }, 450);
  }

  function draw() {
    const i0 = floor(at / M), j0 = at % M, found = values(), most = max(1, ...found.flat().map(abs));
    cells.forEach((one, n) => {
      const i = floor(n / N), j = n % N, seen = i >= i0 && i < i0 + K && j >= j0 && j < j0 + K;
      one.className = (pixels[i][j] ? "on" : "") + (seen ? " seen" : "");
      one.textContent = pixels[i][j];
      one.setAttribute("aria-label", `row ${i}, column ${j}: ${pixels[i][j]}`);
    });
    outs.forEach((one, n) => {
      const v = found[floor(n / M)][n % M];
      one.textContent = written(v);
      one.className = n === at ? "seen" : "";
      one.style.background = `color-mix(in srgb, var(${v < 0 ? "--amber" : "--sea"}) ${round(45 * abs(v) / most)}%, transparent)`;
    });
    out.setAttribute("aria-label", `the output, 6 by 6, row by row: ${found.map(row => row.map(v => written(v)).join(" ")).join("; ")}`);
    const parts = filter.flatMap((row, u) => row.map((w, v) => [w, pixels[i0 + u][j0 + v]])).filter(([w, x]) => w && x);
    const shown = parts.map(([w], n) => (w < 0 ? (n ? " − " : "−") : n ? " + " : "") + `${abs(w)} · 1`).join("");
    told.textContent = `Row ${i0}, column ${j0} of the output: ${shown || "no weight meets a 1"}${shown ? ` = ${written(found[i0][j0])}` : ": 0"}.`;
  }
  fill();
  place.append(make("p", {}, "Paint the picture: a click makes a pixel 1 or 0. With keys: arrows, then space. The output is computed at once; blue is above 0, orange below."),
    make("div", {className: "sliders"}, make("label", {htmlFor: "convolution-filter"}, "Filter "), choose),
    make("div", {className: "three"}, grid, weights, out),
    make("div", {className: "sliders"}, make("label", {htmlFor: "convolution-place"}, "Place of the filter "), range, stillness() ? null : play), told);
  draw();
};
