// What is wider than the page scrolls by itself, can be reached by the keyboard, and says so.
function wide(place) {
  place.querySelectorAll(".wide-note").forEach(note => note.remove());
  for (const one of place.querySelectorAll(".math, article pre, article table, .difference")) {
    const over = one.scrollWidth > one.clientWidth + 2;
    one.classList.toggle("wide", over);
    if (!over) { one.removeAttribute("tabindex"); continue; }
    const what = one.matches(".math") ? "formula" : one.matches("table") ? "table" : "code";
    one.tabIndex = 0;
    one.setAttribute("role", "group");
    one.setAttribute("aria-label", `${what}, scrolls sideways`);
    one.after(make("p", {className: "wide-note", "aria-hidden": "true"}, `↔ this ${what} scrolls sideways`));
  }
}

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  const article = document.querySelector("article.lesson");
  if (article) { plots(article); wide(article); }
});
