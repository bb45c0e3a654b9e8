// The map of the course: its parts, the project at the end of each, and the flights; and where one stands.
let known = null;

async function standing() {
  known = await get("/course");
  $("due").textContent = known.due || "";
  $("due").title = known.due ? `${known.due} to review today` : "";
  if (known.note) trouble(known.note);
  return known;
}

const SIGNS = {solved: "✓", stale: "~", begun: "○", "": ""};

function tile(to, id, title, mark, more = {}) {
  const here = more.here ? " here" : "";
  const one = link("", to, {className: `tile ${mark} ${more.kind || ""}${here}`});
  if (more.title) one.title = more.title;
  one.append(make("span", {className: "mark", "aria-hidden": "true"}, SIGNS[mark]),
    make("span", {}, make("span", {className: "id"}, id), title, make("span", {className: "unseen"}, `, ${more.here ? "you are here, " : ""}${MARKS[mark]}`)));
  return make("li", {}, one);
}

async function mapView(main) {
  const got = await standing(), every = got.parts.flatMap(part => part.exercises);
  const done = every.filter(one => one.mark === "solved" || one.mark === "stale").length;
  document.title = "Map · fathom learn";
  const bar = make("i");
  bar.style.width = 100 * done / every.length + "%";
  const parts = got.parts.map(part => {
    const list = make("ul", {className: "tiles"}, ...part.exercises.map(one =>
      tile(one.id, one.id, one.title, one.mark, {here: got.started && !got.finished && one.id === got.current})));
    const project = part.project;
    if (project) list.append(tile("project/" + project.name, "project", project.title, project.mark, {kind: "project", title: project.brief}));
    if (project && project.name === "flight") {
      for (const one of got.flights) list.append(tile("fly/" + one.name, "flight", one.title, one.mark, {kind: "flight", title: one.story}));
    }
    return make("section", {className: "part"}, make("h2", {}, part.title), list);
  });
  main.replaceChildren(make("h1", {}, "The course"),
    make("p", {}, got.started ? `${done} of ${every.length} exercises solved.` : `${every.length} exercises. The course has not begun here yet: `,
      got.started ? "" : link("begin", "welcome"), got.started ? "" : "."),
    make("div", {className: "meter", "aria-hidden": "true"}, bar),
    make("p", {className: "key-row"}, make("span", {}, "✓ solved"), make("span", {}, "○ begun"), make("span", {}, "~ solved under an older check"),
      make("span", {}, "dashed: a project, or a flight of the strategy simulator")),
    ...parts);
}
