// Diagrams of several frames are stepped through; without JavaScript the first frame is seen.
function diagrams(article) {
  for (const figure of article.querySelectorAll("figure.diagram")) stepped(figure);
}

function stepped(figure) {
  const frames = [...figure.querySelectorAll(".frame")];
  if (frames.length < 2 || figure.classList.contains("steps")) return;
  let now = 0;
  const count = make("span", {className: "count", "aria-live": "polite"});
  const back = make("button", {type: "button", "aria-label": "step back"}, "‹");
  const on = make("button", {type: "button", "aria-label": "step on"}, "›");
  const show = to => {
    now = max(0, min(frames.length - 1, to));
    frames.forEach((frame, i) => { frame.hidden = i !== now; });
    count.textContent = `${now + 1} of ${frames.length}`;
    back.disabled = now === 0;
    on.disabled = now === frames.length - 1;
  };
  const bar = make("div", {className: "stepper", role: "group", "aria-label": "steps of the picture"}, back, count, on);
  back.onclick = () => show(now - 1);
  on.onclick = () => show(now + 1);
  bar.onkeydown = event => {
    if (event.key === "ArrowLeft") show(now - 1);
    if (event.key === "ArrowRight") show(now + 1);
  };
  figure.classList.add("steps");
  figure.append(bar);
  show(0);
}
