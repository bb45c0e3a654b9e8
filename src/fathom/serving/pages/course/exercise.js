// An exercise: its question, its lesson, and the desk where it is written, run, checked, swapped in and compared.

// The desk of a file: editor, what is tried, and the place where answers are put. `more` are further buttons.
async function deskOf(name, label, check, more = []) {
  const said = make("div", {"aria-live": "polite"});
  const file = new FileEditor(name, label, () => press(check));
  const tried = make("textarea", {className: "try", rows: 1, id: "tried", spellcheck: false, placeholder: "a call, run after the file"});
  const busy = make("p", {className: "muted", role: "status", hidden: true});
  const press = what => trying(async () => {
    busy.textContent = "working …";
    busy.hidden = false;
    try {
      await file.save();
      await what(desk);
    } finally {
      busy.hidden = true;
    }
  });
  const run = async () => {
    const got = await post("/run", {file: name, tried: tried.value});
    file.editor.mark(got.line, "raised");
    said.replaceChildren(ranOf(got));
    said.scrollIntoView({block: "nearest"});
  };
  const runs = button("Run", () => press(run), {id: "run"});
  const checks = button("Check", () => press(check), {id: "check", className: "act main"});
  tried.onkeydown = event => { if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); press(run); } };
  const desk = {
    file, said, press,
    element: make("div", {}, file.element,
      make("div", {className: "tried"}, make("label", {htmlFor: "tried"}, "Try"), tried),
      make("div", {className: "row", id: "buttons"}, checks, runs, ...more), busy, said),
  };
  await file.open();
  return desk;
}

function questionCard(got) {
  const place = card("Predict");
  place.id = "predict";
  place.tabIndex = -1;
  const fill = told => {
    const choices = told.choices.map((choice, i) => button(choice, async () => fill(await post("/predict", {exercise: told.id, choice: i})), {
      disabled: told.answer !== null || !told.started,
      className: "act" + (told.answer === i ? " right" : told.chosen === i ? " wrong" : ""),
    }));
    choices.forEach((one, i) => {
      if (told.answer === i) one.append(make("span", {className: "unseen"}, " (the right answer)"));
      if (told.chosen === i && told.answer !== i) one.append(make("span", {className: "unseen"}, " (your answer)"));
    });
    const verdict = told.answer === null ? null : told.answer === told.chosen ? "Right. " : "No. ";
    place.replaceChildren(make("h2", {}, "Predict, before you read"), make("p", {}, ...prose(told.question)),
      make("div", {className: "row"}, ...choices), told.why ? make("p", {className: "muted", role: "status"}, make("strong", {}, verdict), ...prose(told.why)) : "");
  };
  fill(got);
  return place;
}

function article(got) {
  const one = make("article", {className: "lesson"});
  one.dataset.id = got.id;
  one.innerHTML = got.html;  // ours: it comes from the lessons of the course, and holds no script that runs
  return one;
}

function solutionOf(got) {
  const diff = make("pre", {className: "difference"}, ...got.rows.map(([sign, line]) =>
    make("span", {className: sign === "+" ? "plus" : sign === "-" ? "minus" : ""}, `${sign} ${line}`)));
  return make("section", {className: "card"}, make("h3", {}, "A solution"),
    got.same ? make("p", {}, "Yours is the very same.") : null,
    got.same ? null : make("p", {className: "muted"}, "− is what you have, + what the solution has instead; other solutions are as right."),
    got.same ? null : diff,
    make("details", {open: got.same}, make("summary", {}, "The solution alone"), make("pre", {}, got.code)));
}

const MARKS = {solved: "solved", stale: "solved under an older check: check it again", begun: "begun", "": "not begun"};

function stepsBar(got) {
  return make("div", {className: "steps-bar"},
    got.before ? link("‹ Previous", got.before, {className: "act"}) : make("span"),
    make("span", {className: "muted", id: "standing"}, `${got.id} · ${MARKS[got.mark]}`),
    got.after ? link("Next ›", got.after, {className: "act", id: "next"}) : link("Map", "map", {className: "act"}));
}

// What may be done with an exercise besides running and checking it.
function actionsOf(got, desk) {
  const hints = make("div", {id: "hints"}, ...got.hints.map((text, i) => hintOf(i + 1, got.hints_of, text)));
  const hint = button("Hint", () => desk().press(async () => {
    const told = await post("/hint", {exercise: got.id});
    if (hints.childElementCount < told.rung) hints.append(hintOf(told.rung, told.of, told.text));
    hints.lastChild.scrollIntoView({block: "nearest"});
  }), {id: "hint"});
  const predict = button("Predict", () => { $("predict").scrollIntoView({block: "center"}); $("predict").focus(); }, {id: "to-predict"});
  const swap = got.swap ? button("Swap", () => desk().press(() => swapped(got, desk())), {id: "swap"}) : null;
  if (swap) swap.title = "trains a net of fathom's own with what you wrote, beside the built-in";
  const solution = button("Solution", () => desk().press(async () => desk().said.replaceChildren(solutionOf(await post("/solution", {exercise: got.id})))), {id: "solution"});
  const again = button("Start over", async () => {
    if (!confirm("Begin with the file as it was given? What you wrote is kept beside it, under another name.")) return;
    await desk().file.save().catch(() => {});
    const told = await post("/reset", {exercise: got.id});
    desk().file.take(await get("/file/" + got.id));
    desk().said.replaceChildren(card("", make("p", {}, told.kept ? `The file is as it was given; what you wrote is in ${told.kept}.` : "The file is as it was given.")));
  }, {id: "again"});
  return {hints, buttons: [hint, predict, swap, solution, again].filter(Boolean)};
}

const hintOf = (rung, of, text) => make("div", {className: "hint"}, make("strong", {}, `Hint ${rung} of ${of}: `), ...prose(text));

async function swapped(got, desk) {
  const place = make("div");
  desk.said.replaceChildren(place);
  follow(place, await post("/swap", {exercise: got.id})).catch(error => trouble(error.message));
}

async function checkedExercise(got, desk) {
  const told = await post("/check", {exercise: got.id});
  const failure = told.failure;
  desk.file.editor.mark(failure && failure.kind !== "unwritten" ? failure.line : 0, failure && failure.raised ? "raised" : "about");
  const answer = verdictOf(told);
  if (!told.saved) answer.append(make("p", {}, "This could not be written down: make your folder writable."));
  if (told.passed) {
    answer.append(make("div", {className: "row"},
      got.after ? link("Next ›", got.after, {className: "act main", id: "go-on"}) : link("To the map", "map", {className: "act main"}),
      told.swap ? make("span", {className: "muted"}, "or Swap: a net of fathom's own trains with what you wrote") : null),
    make("p", {className: "muted"}, "On your own data: ", make("code", {}, got.own)));
    $("standing").textContent = `${got.id} · solved`;
  }
  desk.said.replaceChildren(answer);
  answer.scrollIntoView({block: "nearest"});
  standing();
}

async function exerciseView(main, name) {
  const got = await get("/lesson/" + encodeURIComponent(name));
  document.title = `${got.id}  ${got.title} · fathom learn`;
  const read = article(got), work = make("div", {className: "work", id: "work"});
  const toCode = button("To the code ↓", () => { work.scrollIntoView(); work.querySelector("textarea")?.focus({preventScroll: true}); }, {className: "act"});
  main.replaceChildren(stepsBar(got), make("div", {className: "desk"}, make("div", {}, make("div", {className: "row to-code"}, toCode), questionCard(got), read), work));
  plots(read);
  diagrams(read);
  lively(read);
  wide(read);
  read.querySelectorAll("details").forEach(one => { one.ontoggle = () => { plots(one.closest("article")); wide(read); }; });
  if (!got.started) {
    work.replaceChildren(card("Write", make("p", {}, "The course has not begun here yet, so there is no file to write in."),
      make("div", {className: "row"}, button("Begin the course here", async () => { await post("/start", {at: got.id}); await route(); }, {className: "act main"}),
        link("What the course is", "welcome", {className: "act"}))));
    return got;
  }
  let desk = null;
  const {hints, buttons} = actionsOf(got, () => desk);
  const label = `${got.id} ${got.title}, Python`;
  desk = await deskOf(got.id, label, () => checkedExercise(got, desk), buttons);
  const place = make("p", {className: "muted"}, "Write ", ...got.write.flatMap((one, i) => [i ? ", " : "", make("code", {}, one)]), " · this is the file ", make("code", {}, got.file));
  work.replaceChildren(make("section", {}, make("h2", {}, "Write, then check"), place, desk.element, hints));
  leaving = () => desk.file.close();
  return got;
}
