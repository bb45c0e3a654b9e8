// Intersection over union of two boxes that are moved and resized by hand.
LIVE["boxes"] = place => {
  const W = 17, H = 11, unit = 20, begin = () => ({A: [1, 1, 8, 7], B: [5, 4, 13, 9]});
  const box = svg("svg", {viewBox: `-4 -4 ${W * unit + 8} ${H * unit + 8}`, role: "group", "aria-label": "two boxes"});
  const told = make("div", {className: "lines"}), spoken = make("p", {className: "unseen", role: "status"});
  let boxes = begin();
  for (let x = 0; x <= W; x++) box.append(svg("line", {x1: x * unit, x2: x * unit, y1: 0, y2: H * unit, stroke: "var(--rule)"}));
  for (let y = 0; y <= H; y++) box.append(svg("line", {x1: 0, x2: W * unit, y1: y * unit, y2: y * unit, stroke: "var(--rule)"}));
  const shared = svg("rect", {fill: "var(--violet)", "fill-opacity": .55, "pointer-events": "none"});
  const drawn = {};
  for (const [name, color] of [["A", "var(--sea)"], ["B", "var(--amber)"]]) {
    const group = svg("g", {tabindex: 0, role: "group", "aria-roledescription": "movable box", class: "drag"});
    const rect = svg("rect", {fill: color, "fill-opacity": .16, stroke: color, "stroke-width": 2.5});
    const corner = svg("circle", {r: 8, fill: color, class: "corner"});
    group.append(rect);
    const word = svgText(group, name, {fill: color, "font-size": 16, "font-weight": 700, "pointer-events": "none"});
    group.append(corner);
    box.append(group);
    drawn[name] = {group, rect, corner, word};
    group.onkeydown = event => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      move(name, event.shiftKey ? [0, 0, ...by] : [...by, ...by]);
    };
    drag(rect, by => move(name, [...by, ...by]));
    drag(corner, by => move(name, [0, 0, ...by]));
  }
  box.append(shared);

  // Told by how many units the pointer went since the last time.
  function drag(element, by) {
    let last = null;
    element.onpointerdown = event => { last = spot(box, event); element.setPointerCapture(event.pointerId); element.parentNode.focus({preventScroll: true}); event.preventDefault(); };
    element.onpointermove = event => {
      if (!last) return;
      const now = spot(box, event), gone = [0, 1].map(i => Math.trunc((now[i] - last[i]) / unit));
      if (gone[0] || gone[1]) { last = last.map((v, i) => v + gone[i] * unit); by(gone); }
    };
    element.onpointerup = element.onpointercancel = () => { last = null; };
  }

  // Both corners by so much; a box stays in the picture, and keeps a side of 1 at least.
  function move(name, by) {
    const [l, t, r, b] = boxes[name];
    if (by[0] || by[1]) {
      const dx = max(-l, min(W - r, by[0])), dy = max(-t, min(H - b, by[1]));
      boxes[name] = [l + dx, t + dy, r + dx, b + dy];
    } else boxes[name] = [l, t, max(l + 1, min(W, r + by[2])), max(t + 1, min(H, b + by[3]))];
    draw();
  }

  function draw() {
    for (const name of ["A", "B"]) {
      const [l, t, r, b] = boxes[name], one = drawn[name];
      for (const [key, v] of Object.entries({x: l, y: t, width: r - l, height: b - t})) one.rect.setAttribute(key, v * unit);
      one.corner.setAttribute("cx", r * unit);
      one.corner.setAttribute("cy", b * unit);
      one.word.setAttribute("x", l * unit + 6);
      one.word.setAttribute("y", t * unit + 17);
      one.group.setAttribute("aria-label", `box ${name}: left ${l}, top ${t}, right ${r}, bottom ${b}; arrows move it, with shift its lower right corner`);
    }
    const {A, B} = boxes, low = [0, 1].map(i => max(A[i], B[i])), high = [2, 3].map(i => min(A[i], B[i]));
    const [w, h] = [0, 1].map(i => max(0, high[i] - low[i])), inter = w * h;
    const areas = [A, B].map(([l, t, r, b]) => (r - l) * (b - t)), union = areas[0] + areas[1] - inter;
    for (const [key, v] of Object.entries({x: low[0], y: low[1], width: w, height: h})) shared.setAttribute(key, v * unit);
    const side = (name, i, found) => `${name} of the overlap: min(${A[i + 2]}, ${B[i + 2]}) − max(${A[i]}, ${B[i]}) = ${written(high[i] - low[i])}${high[i] < low[i] ? ", below 0: they do not meet" : ""}`;
    const lines = [side("width", 0), side("height", 1), `intersection = ${w} · ${h} = ${inter}`, `union = ${areas[0]} + ${areas[1]} − ${inter} = ${union}`, `IoU = ${inter} / ${union} = ${written(inter / union, 3)}`];
    told.replaceChildren(...lines.map((line, i) => make("div", {className: i === 4 ? "whole" : i === 2 ? "shared" : ""}, line)));
    spoken.textContent = `IoU ${written(inter / union, 3)}, ${inter} over ${union}`;
  }
  place.append(make("p", {}, "Drag a box, or the dot at its corner. With keys: Tab, then arrows; with Shift the corner moves."), box, told, spoken,
    make("div", {className: "row"}, button("Back to the beginning", () => { boxes = begin(); draw(); })));
  draw();
};
