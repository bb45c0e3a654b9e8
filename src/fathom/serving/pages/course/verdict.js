// What came of a check: what held, and of what did not the call, its inputs, both answers, and the mistake behind it.
function cellsOf(value) {
  if (value.items && value.items.length) {
    return make("div", {className: "items"}, ...value.items.map(cellsOf));
  }
  const shape = value.shape ? make("div", {className: "shape"}, "shape " + value.shape) : null;
  if (!value.rows) return make("div", {}, make("pre", {}, value.text), value.text.startsWith("shape") ? null : shape);
  const rows = value.rows.map(row => make("tr", {}, ...row.map(([text, off]) => {
    const cell = make("td", off ? {className: "off"} : {}, text);
    if (off) cell.append(make("span", {className: "unseen"}, " (wrong)"));
    return cell;
  })));
  return make("div", {}, make("table", {className: "cells"}, make("tbody", {}, ...rows)), shape);
}

function valuesOf(failure) {
  const list = make("dl", {className: "values"});
  const row = (name, value, how = "", prose = false) => list.append(
    make("dt", {className: how}, name), make("dd", prose ? {className: "prose"} : {}, typeof value === "string" ? value : cellsOf(value)));
  for (const one of failure.inputs) row(one.name, one);
  if (failure.yours) row(failure.expected ? "yours" : "it gives", failure.yours, "yours");
  if (failure.expected) row("expected", failure.expected, "expected");
  if (failure.difference) row("difference", failure.difference + ", the largest", "", true);
  if (failure.tolerance) row("tolerance", failure.tolerance, "", true);
  if (failure.parts.length) row("wrong of these", failure.parts.join(", "), "", true);
  return list;
}

function printedOf(lines, more) {
  if (!lines.length) return null;
  return make("details", {open: true}, make("summary", {}, "Printed"), make("pre", {className: "said"}, lines.join("\n") + (more ? "\n…" : "")));
}

function verdictOf(got) {
  const failure = got.failure;
  const held = make("ul", {className: "held"}, ...got.held.map(title => make("li", {}, title)));
  if (!failure) {
    return make("section", {className: "card answer passed"},
      make("h3", {}, `Passed: all ${got.compared} comparisons hold`), held, printedOf(got.printed, got.more));
  }
  const open = failure.kind === "unwritten";
  const title = open ? "Not written yet" : failure.kind === "wrong" ? "Not right yet" : "It does not run through yet";
  const where = failure.line && !open ? ` (line ${failure.line}${failure.raised ? "" : ", where the function begins"})` : "";
  if (!open) held.append(make("li", {className: "not"}, failure.title));
  return make("section", {className: "card answer " + (open ? "open" : "failed")},
    make("h3", {}, title), held.childElementCount ? held : null,
    make("p", {}, ...prose(failure.says), where),
    failure.call ? make("p", {}, "The call: ", make("code", {}, failure.call)) : null,
    failure.inputs.length || failure.yours ? valuesOf(failure) : null,
    failure.mistake ? make("div", {className: "mistake"}, make("strong", {}, ...prose(failure.mistake + ": ")), ...prose(failure.why)) : null,
    printedOf(got.printed, got.more),
    got.other ? make("p", {}, "You changed another exercise last: ", link(`${got.other.id}  ${got.other.title}`, got.other.id)) : null,
    failure.kind === "wrong" ? make("p", {className: "muted"}, "Repeat this very check in the terminal: ", make("code", {}, `fathom learn check … --seed ${got.seed}`)) : null);
}

// What came of a run: what was printed, and what was raised.
function ranOf(got) {
  const wrong = got.says !== "";
  return make("section", {className: "card answer " + (wrong ? "failed" : "passed")},
    make("h3", {}, wrong ? "It stopped" : "It ran"),
    wrong ? make("p", {}, got.says) : null,
    got.printed.length ? make("pre", {className: "said"}, got.printed.join("\n") + (got.more ? "\n…" : ""))
      : wrong ? null : make("p", {className: "muted"}, "Nothing was printed. Write a call into “Try”, and its value is shown; nothing is checked by Run."));
}
