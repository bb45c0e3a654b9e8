// A file of the learner's folder in an editor: what is typed is saved; what was changed elsewhere is noticed.
const SAVE_AFTER = 700, LOOK_EVERY = 2500;

class FileEditor {
  // `name` is that of the file for the server; `check` is done on Ctrl-Enter.
  constructor(name, label, check) {
    this.name = name;
    this.version = "";
    this.saved = "";
    this.conflict = null;
    this.asking = make("div", {className: "asking", "aria-live": "assertive"});
    this.editor = new Editor(label, {change: () => this.changed(), check, save: () => trying(() => this.save())});
    this.element = make("div", {}, this.asking, this.editor.element);
  }

  async open() {
    const got = await get("/file/" + this.name);
    this.take(got);
    this.path = got.path;
    clearInterval(this.looking);
    this.looking = setInterval(() => { if (!document.hidden) this.look(); }, LOOK_EVERY);
    this.focused = () => this.look();
    addEventListener("focus", this.focused);
    return this;
  }

  async close() {
    clearInterval(this.looking);
    clearTimeout(this.later);
    removeEventListener("focus", this.focused);
    if (this.dirty && !this.conflict) await trying(() => this.save());
  }

  get dirty() { return this.editor.text !== this.saved; }

  take(got) {
    this.editor.text = this.saved = got.text;
    this.version = got.version;
    this.conflict = null;
    this.asking.replaceChildren();
    this.say(got.there ? "saved" : "as it was given; saved as soon as you type");
  }

  say(words, how = "") {
    this.editor.state.textContent = words;
    this.editor.state.className = "state " + how;
  }

  changed() {
    clearTimeout(this.later);
    if (this.conflict) return;
    this.say("not saved yet", "dirty");
    this.later = setTimeout(() => this.save().catch(error => this.say(error.message, "bad")), SAVE_AFTER);
  }

  // Write it; one after another, so that each knows the version that the one before has made.
  save(force = false) {
    clearTimeout(this.later);
    this.queue = (this.queue || Promise.resolve()).catch(() => {}).then(() => this.write(force));
    return this.queue;
  }

  async write(force) {
    const text = this.editor.text;
    if (this.conflict && !force) throw new Error("choose first: the file was changed outside of this page");
    if (!this.dirty && !force && this.version) return;
    this.writing = true;
    try {
      const got = await post("/save", {file: this.name, text, version: this.version, force}, {keepalive: text.length < 50000});
      if (got.conflict) {
        this.differ(got);
        throw new Error("the file was changed outside of this page: choose which text is to stay");
      }
      this.saved = text;
      this.version = got.version;
    } finally {
      this.writing = false;
    }
    this.conflict = null;
    this.asking.replaceChildren();
    this.say(this.dirty ? "not saved yet" : "saved", this.dirty ? "dirty" : "");
  }

  // Was it changed elsewhere? What is typed meanwhile is left alone: its save finds out.
  async look() {
    const idle = () => !this.conflict && !this.writing && !this.dirty, before = this.version;
    if (!idle() || this.looks) return;
    this.looks = true;
    try {
      const got = await get("/file/" + this.name);
      if (!idle() || this.version !== before || got.version === before) return;
      if (!got.there) {
        this.version = "";
        return this.say("the file is gone; typing writes it anew", "bad");
      }
      this.take(got);
      this.say("changed outside of this page; this is how it is now");
    } catch (error) {
      this.say(error.message, "bad");
    } finally {
      this.looks = false;
    }
  }

  // Both texts are offered; nothing is written until one is chosen.
  differ(got) {
    this.conflict = got;
    clearTimeout(this.later);
    this.say("not saved: changed in both places", "bad");
    const theirs = make("pre", {className: "said"}, got.text);
    this.asking.replaceChildren(make("section", {className: "card conflict"},
      make("h3", {}, "The file was changed outside of this page"),
      make("p", {}, "What you wrote here and what stands in the file differ. Nothing is overwritten until you choose."),
      make("div", {className: "row"},
        button("Keep what is here", () => this.save(true)),
        button("Take what is in the file", () => this.take(got))),
      make("details", {}, make("summary", {}, "What is in the file"), theirs)));
  }
}
