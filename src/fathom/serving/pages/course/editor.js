// A small editor: a textarea, with its text painted below it. The textarea is transparent, so that caret, selection,
// undo, spell and screen readers are the browser's own.
class Editor {
  // `label` names it; `on` has what is done when it changes, is to be checked, and is to be saved.
  constructor(label, on) {
    this.on = on;
    this.marks = new Map();
    this.leaving = false;
    this.area = make("textarea", {
      spellcheck: false, autocomplete: "off", wrap: "off", "aria-label": label, "aria-describedby": "keys",
      autocapitalize: "off", autocorrect: "off",
    });
    this.numbers = make("pre", {className: "numbers", "aria-hidden": "true"});
    this.paint = make("pre", {className: "painted", "aria-hidden": "true"});
    this.state = make("span", {className: "state", role: "status"});
    this.keys = make("span", {id: "keys"});
    const code = make("div", {className: "code"}, this.paint, this.area);
    this.scroll = make("div", {className: "scroll"}, this.numbers, code);
    this.element = make("div", {className: "editor"}, this.scroll, make("div", {className: "foot"}, this.state, this.keys));
    this.area.oninput = () => { this.marks.clear(); this.draw(); this.on.change(); };
    this.area.onkeydown = event => this.key(event);
    this.area.onblur = () => this.leave(false);
    this.leave(false);
  }

  get text() { return this.area.value; }

  set text(value) {
    const {selectionStart: a, selectionEnd: b} = this.area;
    this.area.value = value;
    this.area.setSelectionRange(min(a, value.length), min(b, value.length));
    this.marks.clear();
    this.draw();
  }

  // Mark a line, from 1: `raised` where an error was raised in it, `about` where the answer is about what stands there.
  mark(line, how) {
    this.marks.clear();
    if (line) this.marks.set(line, how);
    this.draw();
    const at = this.paint.children[line - 1];
    if (at) this.scroll.scrollTop = max(0, at.offsetTop - this.scroll.clientHeight / 2);
  }

  draw() {
    const lines = painted(this.text);
    const numbers = lines.map((_, i) => make("span", {}, String(i + 1)));
    for (const [line, how] of this.marks) {
      if (lines[line - 1]) { lines[line - 1].classList.add(how); numbers[line - 1].className = how; }
    }
    lines.forEach(line => { if (!line.firstChild) line.append("\u200b"); });
    this.paint.replaceChildren(...lines);
    this.numbers.replaceChildren(...numbers);
  }

  leave(now) {
    this.leaving = now;
    this.keys.textContent = now ? "Tab now leaves the editor" : "Ctrl-Enter checks · Ctrl-S saves · Escape, then Tab leaves";
  }

  key(event) {
    const control = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") return this.leave(true);
    if (control && event.key === "Enter") { event.preventDefault(); return this.on.check(); }
    if (control && event.key.toLowerCase() === "s") { event.preventDefault(); return this.on.save(); }
    if (control && event.key === "/") { event.preventDefault(); return this.comment(); }
    if (event.key === "Tab" && !control && !event.altKey && !this.leaving) {
      event.preventDefault();
      return this.indent(event.shiftKey);
    }
    if (event.key !== "Tab" && event.key !== "Shift") this.leave(false);
    if (event.key === "Enter" && !control && !event.isComposing) { event.preventDefault(); return this.newline(); }
    if (event.key === "Backspace" && !control) return this.unindent(event);
  }

  // Put text in the place of what is selected, so that Ctrl-Z takes it back.
  put(text, from = this.area.selectionStart, to = this.area.selectionEnd) {
    this.area.setSelectionRange(from, to);
    const done = text ? document.execCommand("insertText", false, text) : from === to || document.execCommand("delete");
    if (!done) {
      this.area.setRangeText(text, from, to, "end");
      this.area.oninput();
    }
  }

  newline() {
    const before = this.text.slice(0, this.area.selectionStart), line = before.slice(before.lastIndexOf("\n") + 1);
    const deeper = /:\s*(#.*)?$/.test(line) ? "    " : "";
    const out = /^\s*(return|pass|break|continue|raise)\b/.test(line) && !/[([{,\\]\s*$/.test(line);
    const indent = line.match(/^ */)[0];
    this.put("\n" + (out ? indent.slice(4) : indent + deeper));
  }

  unindent(event) {
    const {selectionStart: a, selectionEnd: b} = this.area, line = this.text.slice(this.text.lastIndexOf("\n", a - 1) + 1, a);
    if (a !== b || !line || /[^ ]/.test(line)) return;
    event.preventDefault();
    this.put("", a - ((line.length - 1) % 4 + 1), a);
  }

  // The lines that the selection touches: where they begin and end in the text.
  touched() {
    const {selectionStart: a, selectionEnd: b} = this.area, from = this.text.lastIndexOf("\n", a - 1) + 1;
    const end = this.text.indexOf("\n", b > a && this.text[b - 1] === "\n" ? b - 1 : b);
    return [from, end < 0 ? this.text.length : end];
  }

  each(change) {
    const [from, to] = this.touched(), changed = this.text.slice(from, to).split("\n").map(change).join("\n");
    const {selectionStart: a, selectionEnd: b} = this.area, less = to - from - changed.length;
    const one = !this.text.slice(from, to).includes("\n");
    this.put(changed, from, to);
    const place = max(from, a - less);
    if (one && a === b) this.area.setSelectionRange(place, place);
    else this.area.setSelectionRange(from, from + changed.length);
  }

  indent(back) {
    const {selectionStart: a, selectionEnd: b} = this.area;
    if (back) return this.each(line => line.replace(/^ {1,4}/, ""));
    if (this.text.slice(a, b).includes("\n")) return this.each(line => (line ? "    " + line : line));
    const column = a - this.text.lastIndexOf("\n", a - 1) - 1;
    this.put(" ".repeat(4 - column % 4));
  }

  comment() {
    const [from, to] = this.touched(), lines = this.text.slice(from, to).split("\n");
    const all = lines.every(line => !line.trim() || /^\s*#/.test(line));
    this.each(line => (!line.trim() ? line : all ? line.replace(/^(\s*)# ?/, "$1") : line.replace(/^(\s*)/, "$1# ")));
  }
}
