// What takes longer: started, asked after every half second, cancelled. Its curves are drawn as they come.
const ASK_EVERY = 500;
const followed = new WeakMap();  // how many jobs were shown in a place: the last one is

function curveOf(points) {
  const names = [...new Set(points.map(point => point[0]))], label = points[0][3];
  const series = names.map(name => points.filter(point => point[0] === name).map(([, epoch, value]) => [epoch, value]));
  const last = max(...points.map(point => point[1]), 2), W = 640, H = 240;
  const box = svg("svg", {class: "curve", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${label} on dev after each epoch`});
  drawLines(box, W, H, [1, last], series);
  const caption = make("p", {className: "muted"}, `${label} on dev after each epoch `);
  legend(caption, names);
  return [caption, box];
}

// Show a job in a place until it ends; `ended` is given what it told at last.
async function follow(place, got, ended = () => {}) {
  const mine = (followed.get(place) || 0) + 1, began = Date.now(), id = got.job;
  followed.set(place, mine);
  const log = make("ul", {className: "log"}), curve = make("div", {}), now = make("p", {className: "now muted", role: "status"});
  const asks = make("div", {className: "row"}), cancel = button("Cancel", () => post("/cancel", {job: id}));
  let drawn = 0, asked = "";
  place.replaceChildren(card(got.title, curve, log, asks, make("div", {className: "row"}, cancel, now)));
  for (;;) {
    for (const [holds, line] of got.lines.slice(log.childElementCount)) {
      log.append(make("li", {className: holds === true ? "yes" : holds === false ? "no" : ""}, (holds === true ? "✓ " : holds === false ? "✗ " : "") + line));
    }
    if (got.points.length > drawn) { drawn = got.points.length; curve.replaceChildren(...curveOf(got.points)); }
    if (JSON.stringify(got.ask) !== asked) {
      asked = JSON.stringify(got.ask);
      asks.replaceChildren(...got.ask.map(([name, words]) => button(words, () => { asks.replaceChildren(); return post("/answer", {job: id, choice: name}); })));
    }
    if (got.state !== "running") break;
    const seconds = Math.round((Date.now() - began) / 1000);
    now.textContent = got.ask.length ? "It is your turn." : `${got.now || "it runs"} · ${seconds} s`;
    await new Promise(go => setTimeout(go, ASK_EVERY));
    if (mine !== followed.get(place) || !place.isConnected) return;
    got = await get("/job/" + id);
  }
  cancel.remove();
  asks.replaceChildren();
  now.textContent = {done: got.held === null ? "Done." : got.held ? "Done: it is passed." : "Done: not passed yet; what is missing has a ✗.", cancelled: "Cancelled; what was finished is kept.", failed: got.error}[got.state];
  if (got.state === "failed" || got.held === false) now.className = "now no";
  ended(got);
}
