// Which view is shown: the part of the address behind #. A lesson is meant by its number or by its name.
const VIEWS = {
  map: mapView, reviews: reviewsView, review: reviewView, glossary: glossaryView, welcome: welcomeView,
  placement: placementView, "warm-up": warmUpView, project: projectView, fly: flyView,
  mynn: frameworkView,
};
const PLACES = {review: "reviews", placement: "welcome", "warm-up": "welcome", project: "map", fly: "map"};
let leaving = null, lastExercise = "", turn = 0;

async function route() {
  const mine = ++turn, left = leaving;
  leaving = null;
  if (left) await left();
  trouble("");
  await trying(async () => {
    await standing();
    if (mine !== turn) return;
    let name = decodeURIComponent(location.hash.slice(1));
    if (name === "here") name = lastExercise || known.current;
    if (!name) name = known.started ? known.current : "welcome";
    if (name.startsWith("glossary-")) name = name.replace("-", "/");
    const [kind, ...rest] = name.split("/"), view = Object.hasOwn(VIEWS, kind) ? VIEWS[kind] : null;
    for (const one of $("places").children) {
      if (one.dataset.place === (view ? PLACES[kind] || kind : "exercise")) one.setAttribute("aria-current", "page");
      else one.removeAttribute("aria-current");
    }
    const main = make("main", {id: "main", tabIndex: -1});
    if (view) await view(main, rest.join("/"));
    else await shownExercise(main, name);
    if (mine !== turn) { if (leaving) { const stale = leaving; leaving = null; await stale(); } return; }
    document.body.dataset.shown = name;
  });
  if (mine !== turn) return;
  if (mine > 1 && document.activeElement === document.body) $("main").focus({preventScroll: true});
  document.body.dataset.ready = String(mine);
}

async function shownExercise(main, name) {
  $("main").replaceWith(main);  // plots and formulas are drawn as wide as there is room
  lastExercise = (await exerciseView(main, name)).id;
  scrollTo(0, 0);
}

for (const [name, view] of Object.entries(VIEWS)) {
  VIEWS[name] = async (main, rest) => { $("main").replaceWith(main); scrollTo(0, 0); await view(main, rest); };
}

addEventListener("hashchange", route);
addEventListener("pagehide", () => { if (leaving) leaving(); });
route();
