// For a newcomer: what the course is, the quiz that says where to begin, and the warm-up in NumPy.
async function begin(at) {
  await post("/start", at ? {at} : {});
  const got = await standing();
  location.hash = at || got.current;
}

async function welcomeView(main) {
  const got = await get("/welcome");
  document.title = "Welcome · fathom learn";
  const list = make("ul", {}, ...got.parts.map(part => make("li", {}, link(part.title, part.first), `: ${part.exercises} exercises, one project`)));
  const start = known.started
    ? make("div", {className: "row"}, link("Go on with " + known.current, known.current, {className: "act main"}), link("The map", "map", {className: "act"}))
    : make("div", {className: "row"}, button("Begin with the first exercise", () => begin(), {id: "begin", className: "act main"}));
  main.replaceChildren(make("div", {className: "narrow"},
    make("h1", {}, "Learn deep learning by writing it"), make("p", {}, got.about), list, make("p", {}, got.time),
    card("Where to begin", start,
      make("p", {className: "muted"}, known.started ? "Your files are in " : "This makes a folder for your files: ", make("code", {}, got.folder)),
      make("div", {className: "row"}, link("Placement: twelve questions", "placement", {className: "act"}), make("span", {className: "muted"}, "five minutes; says which part you should begin with")),
      make("div", {className: "row"}, link("Warm-up: ten lines of NumPy", "warm-up", {className: "act"}), make("span", {className: "muted"}, "if arrays are new to you")),
      make("div", {className: "row"}, link("The map", "map", {className: "act"}), make("span", {className: "muted"}, "all lessons can be read without beginning")))));
}

async function placementView(main) {
  const {questions} = await get("/placement"), boxes = [];
  document.title = "Placement · fathom learn";
  const sets = questions.map((one, number) => {
    const choices = [...one.choices, "I do not know"].map((choice, i) => {
      const input = make("input", {type: "radio", name: "q" + number, value: i < one.choices.length ? i : -1, checked: i === one.choices.length});
      return make("label", {}, input, make("span", {}, ...prose(choice)));
    });
    boxes.push(choices);
    return make("fieldset", {className: "quiz"}, make("legend", {}, `Question ${number + 1}`), make("p", {}, ...prose(one.question)), ...choices);
  });
  const form = make("form", {}, ...sets, make("button", {type: "submit", className: "act main", id: "place"}, "Where should I begin?"));
  const told = make("div", {tabIndex: -1, id: "placed", "aria-live": "polite"});
  form.onsubmit = event => {
    event.preventDefault();
    trying(async () => {
      const answers = questions.map((_, number) => Number(new FormData(form).get("q" + number)));
      const got = await post("/placement", {answers});
      got.answers.forEach((one, number) => marked(sets[number], boxes[number], one));
      told.replaceChildren(placedCard(got));
      told.scrollIntoView({block: "center"});
      told.focus();
    });
  };
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, "Where should you begin?"),
    make("p", {}, "Two questions for NumPy, and two for each part. Leave open what you do not know: nothing is counted against you."), told, form));
}

function marked(set, labels, one) {
  labels.forEach((label, i) => { label.className = i === one.answer ? "right" : i === one.chosen ? "wrong" : ""; });
  set.querySelector(".why")?.remove();
  set.append(make("p", {className: "muted why"}, ...prose(one.why)));
}

function placedCard(got) {
  const first = got.warm_up ? make("p", {}, "First, ", link("ten lines of NumPy", "warm-up"), " to warm up.") : null;
  if (!got.begin) {
    return card(`${got.right} of ${got.of} right`, first, make("p", {}, "You know what the parts teach: try the projects on the ", link("map", "map"), "."),
      known.started ? null : make("div", {className: "row"}, button("Begin the course here", () => begin(), {className: "act main"})));
  }
  return card(`${got.right} of ${got.of} right`, first, make("p", {}, `Begin with ${got.begin.id}, ${got.begin.title}.`),
    make("div", {className: "row"}, button(`Begin with ${got.begin.id}`, () => begin(got.begin.id), {className: "act main", id: "begin-placed"})),
    make("p", {className: "muted"}, "What comes before it comes last then. Below is what each answer would have been."));
}

async function warmUpView(main) {
  document.title = "Warm-up · fathom learn";
  const head = [make("h1", {}, "Warm-up"), make("p", {}, "Ten functions of one line each, for whom arrays are new. Write them, and check as often as you like.")];
  if (!known.started) {
    return main.replaceChildren(make("div", {className: "narrow"}, ...head, card("", make("p", {}, "The file for it lies in the course's folder."),
      make("div", {className: "row"}, button("Make the folder", async () => { await post("/start", {}); await standing(); await route(); }, {className: "act main"})))));
  }
  const desk = await deskOf("warm-up", "warm-up, Python", async () => {
    const got = await post("/warm-up", {});
    desk.said.replaceChildren(warmedCard(got));
  });
  main.replaceChildren(make("div", {className: "narrow"}, ...head, desk.element));
  leaving = () => desk.file.close();
}

function warmedCard(got) {
  const done = got.functions.filter(one => one.holds).length;
  const list = make("ul", {className: "held"}, ...got.functions.map(one => make("li", {className: one.holds === true ? "" : one.holds === false ? "not" : "open"},
    one.call ? make("code", {}, one.call) : one.says || one.name,
    one.call ? make("dl", {className: "values"}, make("dt", {className: "yours"}, "yours"), make("dd", {}, make("pre", {}, one.got)),
      make("dt", {className: "expected"}, "expected"), make("dd", {}, make("pre", {}, one.expected))) : null)));
  return make("section", {className: "card answer " + (got.held ? "passed" : "open")}, make("h3", {}, got.held ? "All ten are right" : `${done} are right`), list,
    got.held ? make("div", {className: "row"}, link("Go on", known.current, {className: "act main"})) : null);
}
