// Reviews: what is due today, and one of them, written from memory.
async function reviewsView(main) {
  const got = await get("/reviews");
  document.title = "Reviews · fathom learn";
  const rows = got.today.map(one => make("div", {className: "row"},
    link(`${one.id}  ${one.title}`, "review/" + one.id, {className: "act"}), make("span", {className: "muted"}, one.open ? "given, not passed yet" : "")));
  const later = got.later ? make("p", {className: "muted"}, `${got.later} more on the next days: three a day.`) : null;
  const none = got.next ? `Nothing is due before ${got.next}.` : "Nothing is due: solve an exercise first.";
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, "Reviews"),
    make("p", {}, "What was solved comes back after 1, 7 and 30 days, some as variants: written once more, from memory."),
    got.today.length ? card("Today", ...rows) : make("p", {}, got.later ? "Today's are done." : none), later));
}

async function reviewView(main, id) {
  const got = await post("/review", {exercise: id});
  document.title = `Review of ${got.id} · fathom learn`;
  const desk = await deskOf(got.file, `review of ${got.id} ${got.title}, Python`, async () => {
    const told = await post("/check", {exercise: got.id, review: true}), failure = told.failure;
    desk.file.editor.mark(failure && failure.kind !== "unwritten" ? failure.line : 0, failure && failure.raised ? "raised" : "about");
    const answer = verdictOf(told);
    if (told.passed) answer.append(make("div", {className: "row"}, link("Reviews", "reviews", {className: "act main"})));
    desk.said.replaceChildren(answer);
    answer.scrollIntoView({block: "nearest"});
    standing();
  });
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, `${got.id}  ${got.title}`),
    make("p", {}, "Once more, from memory; the first line says where something else is asked. ", link("The lesson", got.id), " is there if you need it."),
    make("p", {className: "muted"}, "This is the file ", make("code", {}, got.path)), desk.element));
  leaving = () => desk.file.close();
}
