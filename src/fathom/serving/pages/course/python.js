// The colours of Python: a line of code as pieces, each with its kind. It need not understand the code, only its words.
const WORDS = new Set(("False None True and as assert async await break class continue def del elif else except finally for from global " +
  "if import in is lambda nonlocal not or pass raise return try while with yield match case").split(" "));
const PIECE = /(?<note>#[^\n]*)|(?<text>[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<number>\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)|\.\d+)|(?<name>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|[\s\S]/gu;

function pieces(code) {
  const found = [];
  let before = "";
  for (const match of code.matchAll(PIECE)) {
    const {note, text, number, name} = match.groups;
    let kind = note !== undefined ? "note" : text !== undefined ? "text" : number !== undefined ? "number" : "";
    if (name !== undefined) kind = WORDS.has(name) ? "word" : before === "def" || before === "class" ? "name" : "";
    if (match[0].trim()) before = match[0];
    const last = found[found.length - 1];
    if (last && last[0] === kind) last[1] += match[0];
    else found.push([kind, match[0]]);
  }
  return found;
}

// The code as lines of coloured pieces.
function painted(code) {
  const lines = [make("span", {className: "line"})];
  for (const [kind, text] of pieces(code)) {
    text.split("\n").forEach((part, i) => {
      if (i) lines.push(make("span", {className: "line"}));
      if (part) lines[lines.length - 1].append(kind ? make("span", {className: "t-" + kind}, part) : part);
    });
  }
  return lines;
}
