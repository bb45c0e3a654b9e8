// mynn, the learner's own framework: its layers, where each comes from, its tests, and its trainings beside PyTorch.
async function frameworkView(main) {
  const got = await get("/mynn"), have = got.layers.filter(one => !one.missing.length).length;
  document.title = "Your framework · fathom learn";
  const list = make("ul", {className: "layers"}, ...got.layers.map(layerOf));
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, "Your own framework"),
    make("p", {}, "What you solve is put together as a package of your own, ", make("code", {}, "mynn"), ": layers, losses and optimizers on NumPy alone, which train beside PyTorch with the same weights and batches."),
    make("p", {id: "have"}, `${have} of ${got.layers.length} parts are there.`),
    list, framed("tests", "Its tests", "The gradients of every layer against central differences, and a small net that learns twelve examples by heart.", "Test", got, known.started),
    ...got.trainings.map(one => framed(one.name, one.title, netsOf(one), "Train beside PyTorch", got, known.started && one.ready)),
    make("p", {className: "muted"}, "It is written to ", make("code", {}, got.folder), " whenever it is tested or trained; in the terminal: ", make("code", {}, "fathom learn mynn"), ".")));
}

function layerOf(one) {
  const there = !one.missing.length;
  const of = one.of.flatMap((source, i) => [i ? ", " : "From ", link(`${source.id} ${source.title}`, source.id)]);
  return make("li", {className: there ? "there" : ""},
    make("span", {className: "mark", "aria-hidden": "true"}, there ? "✓" : "○"),
    make("div", {}, make("code", {}, one.gives.join(", ")), make("span", {className: "unseen"}, there ? ", is there: " : ", is missing: "), " " + one.title + " ",
      make("span", {className: "muted"}, ...of), there ? null : make("span", {className: "why"}, one.missing.join("; "))));
}

const netsOf = one => Object.entries(one.nets).map(([net, lacks]) => `${net}: ${lacks.length ? "waits for " + lacks.join(", ") : "ready"}`).join(" · ");

// A part with a button; what its last job told is shown, also after one was elsewhere.
function framed(name, title, words, press, got, ready) {
  const place = make("div", {"aria-live": "polite"});
  const start = button(press, async () => {
    start.disabled = true;
    try {
      await follow(place, await post("/mynn", {name}));
    } finally {
      start.disabled = false;
    }
  }, {className: "act main", disabled: !ready, id: "mynn-" + name});
  const last = got.last[name];
  if (last) setTimeout(() => trying(() => follow(place, last)));
  return make("section", {className: "card"}, make("h2", {}, title), make("p", {className: "muted"}, words), make("div", {className: "row"}, start), place);
}
