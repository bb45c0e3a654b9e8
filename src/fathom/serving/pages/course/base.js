// What all views use: asking the server, making elements, the colours, and where trouble is told.
const $ = id => document.getElementById(id);

async function answered(response) {
  const got = await response.json();
  if (!response.ok) throw new Error(got.error);
  return got;
}

async function ask(path, more) {
  let response;
  try {
    response = await fetch(path, more);
  } catch {
    throw new Error("fathom does not answer: is “fathom learn --web” still running in the terminal?");
  }
  return answered(response);
}

const get = path => ask(path + "?key=" + key);
const post = (path, body, more = {}) => ask(path, {
  method: "POST", headers: {"Content-Type": "application/json", "X-Fathom-Key": key}, body: JSON.stringify(body), ...more,
});

// make("p", {className: "muted"}, "some words", another) → an element; words are text, never HTML.
function make(tag, more = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(more)) {
    if (name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...inside.filter(one => one !== null && one !== undefined));
  return element;
}

function svg(tag, more) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const name in more) element.setAttribute(name, more[name]);
  return element;
}

// Words in which `code` stands between backticks.
const prose = words => words.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));

// A button; what goes wrong when it is pressed is told in plain words.
function button(words, press, more = {}) {
  const one = make("button", {type: "button", className: "act", ...more}, ...prose(words));
  one.onclick = () => trying(() => press(one));
  return one;
}

const link = (words, to, more = {}) => make("a", {href: "#" + to, ...more}, words);

async function trying(what) {
  trouble("");
  try {
    return await what();
  } catch (error) {
    trouble(error.message);
  }
}

function trouble(words) {
  $("trouble").textContent = words;
  $("trouble").hidden = !words;
}

// Numbers are told aloud by screen readers where something was awaited: what is put here is read.
const card = (title, ...inside) => make("section", {className: "card"}, title ? make("h2", {}, title) : null, ...inside);

// The colours: as the system has them until the switch is used; a cookie outlives the port of the server.
const THEMES = {"": "Colours: system", light: "Colours: light", dark: "Colours: dark"};

function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  $("theme").textContent = {"": "◐ system", light: "○ light", dark: "● dark"}[chosen];
  $("theme").setAttribute("aria-label", THEMES[chosen] + ", press to change");
}

function remembered(name) {
  const found = document.cookie.split("; ").find(one => one.startsWith("fathom-" + name + "="));
  return found ? decodeURIComponent(found.split("=")[1]) : "";
}

function remember(name, value) {
  document.cookie = `fathom-${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; SameSite=Strict`;
}

theme(remembered("theme") in THEMES ? remembered("theme") : "");
$("theme").onclick = () => {
  const order = Object.keys(THEMES), chosen = order[(order.indexOf(document.documentElement.dataset.theme || "") + 1) % 3];
  remember("theme", chosen);
  theme(chosen);
};

$("skip").onclick = event => { event.preventDefault(); $("main").focus(); $("main").scrollIntoView(); };
