// Attention as a heat map of a sentence that is typed. Nothing here is learned: a word is the counts of its letters.
LIVE["attention"] = place => {
  const MOST = 9, input = make("input", {className: "field", id: "attention-words", value: "the cat sat on the other mat", maxLength: 90, autocomplete: "off", spellcheck: false});
  const causal = make("input", {type: "checkbox", id: "attention-causal"});
  const map = make("div", {className: "heat", tabIndex: 0, role: "group", "aria-label": "the weights, scrolls sideways where it is wide"});
  const told = make("p", {className: "says", role: "status"});
  let scale = 3, asking = 1;

  // The counts of the letters of each word, as vectors of length 1: alike are words of like letters.
  function vectors(words) {
    const letters = [...new Set(words.join("").toLowerCase())];
    return words.map(word => {
      const counts = letters.map(letter => [...word.toLowerCase()].filter(one => one === letter).length);
      const length = sqrt(counts.reduce((sum, n) => sum + n * n, 0));
      return counts.map(n => n / length);
    });
  }

  function weights(found) {
    const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    return found.map((q, i) => {
      const e = found.map((k, j) => (causal.checked && j > i ? 0 : exp(scale * dot(q, k)))), sum = e.reduce((a, b) => a + b, 0);
      return e.map(v => v / sum);
    });
  }

  function draw() {
    const words = input.value.trim().split(/\s+/).filter(Boolean).slice(0, MOST);
    if (!words.length) { map.replaceChildren(); told.textContent = "Type some words."; return; }
    asking = min(asking, words.length - 1);
    const p = weights(vectors(words)), head = make("tr", {}, make("td"), ...words.map(word => make("th", {scope: "col"}, word)));
    const rows = words.map((word, i) => {
      const ask = make("button", {type: "button", "aria-pressed": String(i === asking)}, word);
      ask.onclick = () => { asking = i; draw(); map.querySelectorAll("button")[i].focus(); };
      const cells = p[i].map((v, j) => {
        const hidden = causal.checked && j > i, cell = make("td", {className: hidden ? "hidden" : ""}, hidden ? "–" : written(v, 2));
        cell.style.background = `color-mix(in srgb, var(--sea) ${round(60 * v)}%, transparent)`;
        return cell;
      });
      return make("tr", {className: i === asking ? "asking" : ""}, make("th", {scope: "row"}, ask), ...cells);
    });
    const left = map.scrollLeft;
    map.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
    map.scrollLeft = left;
    const order = p[asking].map((v, j) => [v, j]).sort((a, b) => b[0] - a[0]).filter(([v]) => v > 0).slice(0, 3);
    told.textContent = `The output of “${words[asking]}” is ${order.map(([v, j]) => `${written(v, 2)} · value of “${words[j]}”`).join(" + ")}${p[asking].filter(v => v > 0).length > 3 ? " + …" : "."}`;
  }
  input.oninput = causal.onchange = draw;
  place.append(make("p", {}, "Type a sentence, and choose a row. No net is behind it: query, key and value of a word are the counts of its letters, so words of like letters look at each other. A trained net learns better vectors, and weighs them in the same way."),
    make("label", {htmlFor: "attention-words"}, `A sentence, ${MOST} words at most`), input,
    make("div", {className: "sliders"}, slider("scores times", {low: 0, high: 12, step: .5, at: scale, show: v => written(v, 1), change: v => { scale = v; draw(); }}),
      make("label", {}, causal, " causal: only what stands before")), map, told);
  draw();
};
