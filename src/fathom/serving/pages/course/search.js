// Search: a word of the field leads to the lesson that explains it; arrows and Enter suffice.
let chosenHit = -1, asking = 0;

function hitsShown(rows, said) {
  const list = $("hits");
  list.replaceChildren(...rows.map((one, i) => {
    const row = make("li", {id: "hit" + i, "aria-selected": "false"}, `${one.id}  ${one.title}`, one.word ? make("small", {}, "explains " + one.word) : null);
    row.setAttribute("role", "option");
    row.dataset.to = one.id;
    row.onmousedown = event => { event.preventDefault(); goTo(row); };
    return row;
  }));
  if (said) list.append(make("li", {className: "muted"}, said));
  list.hidden = !rows.length && !said;
  $("words").setAttribute("aria-expanded", String(!list.hidden));
  chosenHit = -1;
  if (rows.length) chooseHit(0);
}

function chooseHit(to) {
  const rows = [...$("hits").querySelectorAll("[role=option]")];
  if (!rows.length) return;
  chosenHit = (to + rows.length) % rows.length;
  rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === chosenHit)));
  $("words").setAttribute("aria-activedescendant", "hit" + chosenHit);
  rows[chosenHit].scrollIntoView({block: "nearest"});
}

function goTo(row) {
  $("words").value = "";
  $("words").blur();
  hitsShown([], "");
  location.hash = row.dataset.to;
}

async function searched() {
  const words = $("words").value.trim(), mine = ++asking;
  if (!words) return hitsShown([], "");
  const got = await get("/search/" + encodeURIComponent(words));
  if (mine === asking) hitsShown(got.found, got.said);
}

$("words").oninput = () => trying(searched);
$("words").onblur = () => hitsShown([], "");
$("words").onkeydown = event => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    chooseHit(chosenHit + (event.key === "ArrowDown" ? 1 : -1));
  }
  if (event.key === "Escape") hitsShown([], "");
};
$("search").onsubmit = event => {
  event.preventDefault();
  trying(async () => {
    await searched();
    const row = $("hits").querySelectorAll("[role=option]")[max(0, chosenHit)];
    if (row) goTo(row);
  });
};

async function glossaryView(main) {
  const {words} = await get("/glossary");
  document.title = "Glossary · fathom learn";
  if (!words.length) {
    return main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, "Glossary"), make("p", {}, "There is no glossary yet; the search above finds the lesson that explains a word.")));
  }
  const field = make("input", {className: "field", type: "search", placeholder: "only words with …", "aria-label": "only words with"});
  const list = make("dl", {className: "words"});
  const fill = () => {
    const part = field.value.trim().toLowerCase();
    list.replaceChildren(...words.filter(one => one.term.toLowerCase().includes(part)).flatMap(one => [
      make("dt", {}, one.term),
      make("dd", {}, one.means, " ", one.lesson ? link(`${one.lesson.id}  ${one.lesson.title}`, one.lesson.name) : null)]));
  };
  field.oninput = fill;
  fill();
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, "Glossary"), make("p", {className: "muted"}, `${words.length} words of the field, each with the lesson that explains it.`), field, list));
}
