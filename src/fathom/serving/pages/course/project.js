// The projects at the ends of the parts, and the flights of the strategy simulator.
async function projectView(main, name) {
  const got = await get("/project/" + name), place = make("div", {"aria-live": "polite"});
  document.title = `${got.title} · fathom learn`;
  const passed = make("strong", {id: "passed", hidden: !got.passed}, " You have passed it.");
  const head = [make("h1", {}, got.title), make("p", {}, got.brief, passed)];
  if (!known.started) return main.replaceChildren(make("div", {className: "narrow"}, ...head, make("p", {}, link("Begin the course", "welcome"), " first.")));
  const start = async more => follow(place, await post("/project", {name, ...more}), told => { if (told.held) passed.hidden = false; standing(); });
  if (got.file) {
    const desk = await deskOf("project/" + name, `${got.title}, Python`, async () => {
      desk.said.replaceChildren(place);
      start({}).catch(error => trouble(error.message));
    });
    leaving = () => desk.file.close();
    return main.replaceChildren(make("div", {className: "narrow"}, ...head, make("p", {className: "muted"}, "Its check takes from some seconds to some minutes; it can be cancelled."), desk.element));
  }
  const run = make("input", {className: "field", id: "run-path", placeholder: "runs/photos-1", autocomplete: "off"});
  main.replaceChildren(make("div", {className: "narrow"}, ...head,
    got.run ? make("p", {}, make("label", {htmlFor: "run-path"}, "The folder of your run: "), run) : null,
    name === "flight" ? make("p", {}, "The flights are on the ", link("map", "map"), ".") : null,
    make("div", {className: "row"}, button("Check", () => start(got.run ? {run: run.value} : {}), {className: "act main", id: "check"})), place));
}

async function flyView(main, name) {
  const flight = known.flights.find(one => one.name === name), place = make("div", {"aria-live": "polite"});
  if (!flight) throw new Error("there is no such flight: the map has them");
  document.title = `${flight.title} · fathom learn`;
  const start = button("Fly", async () => {
    start.hidden = true;
    try {
      await follow(place, await post("/fly", {scenario: name}), () => { start.hidden = false; start.textContent = "Fly again, another project"; standing(); });
    } catch (error) { start.hidden = false; throw error; }
  }, {className: "act main", id: "fly"});
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, flight.title), make("p", {}, flight.story),
    make("p", {className: "muted"}, "A project on real data, some days, and a little money. Each decision is carried out: fathom really trains. At the end every plan that could be better is flown, too; that takes one to some minutes."),
    known.started ? make("div", {className: "row"}, start) : make("p", {}, link("Begin the course", "welcome"), " first."), place));
}
