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

async function glossaryView(main, at) {
  const {words, letters} = await get("/glossary");
  document.title = "Glossary · fathom learn";
  const field = make("input", {className: "field", type: "search", placeholder: "only words with …", "aria-label": "only words with"});
  const list = make("dl", {className: "words"});
  const fill = () => {
    const part = field.value.trim().toLowerCase();
    list.replaceChildren(...words.filter(one => one.term.toLowerCase().includes(part)).flatMap(one => [
      make("dt", {id: one.anchor, tabIndex: -1}, one.term), make("dd", {}, one.means, " ", link(`${one.lesson.id}  ${one.lesson.title}`, one.lesson.id))]));
  };
  const rows = letters.map(one => make("tr", {}, make("td", {}, one.symbol), make("td", {}, one.meaning), make("td", {}, one.shape)));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...["letter", "meaning", "shape"].map(one => make("th", {}, one)))), make("tbody", {}, ...rows));
  field.oninput = fill;
  fill();
  main.replaceChildren(make("div", {className: "narrow"}, make("h1", {}, "Glossary"),
    make("p", {className: "muted"}, `${words.length} words of the field, each with the lesson that explains it; the letters of the formulas are below.`),
    field, list, make("h2", {}, "Letters of the formulas"), make("article", {}, table)));
  wide(main);
  const place = at && $("glossary-" + at);
  if (place) { place.scrollIntoView({block: "center"}); place.focus(); }
}

// A word of a lesson that the glossary has: what it means is shown beside it, and Escape closes that.
let meanings = null;

async function meaningOf(anchor) {
  meanings ??= new Map((await get("/glossary")).words.map(one => [one.anchor, one]));
  return meanings.get(anchor);
}

function hideMeaning(back) {
  const shown = document.querySelector(".meaning");
  shown?.remove();
  if (shown && back) shown.of.focus();
}

async function showMeaning(word) {
  hideMeaning();
  const one = await meaningOf(word.hash.slice(1));
  if (!one) return;
  const box = word.getBoundingClientRect(), left = max(16, min(box.left, innerWidth - 356));
  const shown = make("div", {className: "meaning", role: "status"}, make("p", {}, make("strong", {}, one.term), ": ", one.means), link(`${one.lesson.id}  ${one.lesson.title}`, one.lesson.id));
  shown.of = word;
  shown.style.left = left + scrollX + "px";
  shown.style.top = box.bottom + scrollY + 6 + "px";
  document.body.append(shown);
}

addEventListener("click", event => {
  const word = event.target.closest?.("a.term");
  if (word) { event.preventDefault(); trying(() => showMeaning(word)); } else if (!event.target.closest?.(".meaning")) hideMeaning();
});
addEventListener("keydown", event => { if (event.key === "Escape") hideMeaning(true); });
addEventListener("hashchange", () => hideMeaning());
