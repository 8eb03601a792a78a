/* Keeps a page true without a reload. The server says that something changed; the page is fetched again, what differs is
   put in its place, changed figures are washed and said once. Elements stay where they are, so focus and place do too. */

const page = document.querySelector("[data-stream]");
const said = document.getElementById("said");
const WASH = 6000;
const SAID_AT_ONCE = 3;
const KEPT_ROWS = 200;
let stream = null;
let fetching = false;
let again = false;

function open() {
  stream = new EventSource(page.dataset.stream);
  stream.addEventListener("changed", refresh);
  stream.addEventListener("fact", (message) => insert(JSON.parse(message.data)));
}

/* A browser allows six connections to one host: a page that nobody looks at gives its own back. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
  } else {
    open();
    refresh();
  }
});

async function refresh() {
  again = true;
  if (fetching) return;
  fetching = true;
  while (again) {
    again = false;
    const response = await fetch(window.location.href).catch(() => null);
    if (response?.ok) exchange(new DOMParser().parseFromString(await response.text(), "text/html"));
  }
  fetching = false;
}

function exchange(fresh) {
  const before = figures();
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
    if (now) morph(old, now);
  }
  const changed = [...figures()].filter(([name, figure]) => before.has(name) && before.get(name).text !== figure.text);
  changed.forEach(([, figure]) => wash(figure.element));
  say(changed.map(([, figure]) => figure.element.dataset.spoken).filter(Boolean));
}

function figures() {
  const found = document.querySelectorAll("[data-figure]");
  return new Map([...found].map((element) => [element.dataset.figure, { element, text: element.textContent }]));
}

/* Makes `old` equal to `now`, keeping every element that can stay. */
function morph(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName || old.nodeType !== Node.ELEMENT_NODE) {
    old.replaceWith(document.importNode(now, true));
    return;
  }
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [here, there] = [[...old.childNodes], [...now.childNodes]];
  if (here.length === there.length) here.forEach((child, place) => morph(child, there[place]));
  else old.replaceChildren(...there.map((child) => document.importNode(child, true)));
}

function wash(element) {
  element.classList.add("changed");
  window.setTimeout(() => element.classList.remove("changed"), WASH);
}

function say(sentences) {
  if (sentences.length) said.textContent = sentences.slice(0, SAID_AT_ONCE).join(". ");
}

function insert({ html }) {
  const list = document.querySelector("[data-facts]");
  document.querySelector("[data-empty]")?.remove();
  list.insertAdjacentHTML("afterbegin", html);
  wash(list.firstElementChild);
  while (list.children.length > KEPT_ROWS) list.lastElementChild.remove();
}

if (page && !document.hidden) open();
