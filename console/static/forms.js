/* Makes forms quicker where a script runs; each of them works without. Lines are added and removed without leaving the
   place, organisations are offered while one types, and a form that is under way is not sent twice. */

const ENOUGH_LETTERS = 2;
const PAUSE = 200;

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.asking");
  if (!form) return;
  if (event.submitter?.name === "_change") {
    event.preventDefault();
    await change(form, event.submitter);
  } else if (form.dataset.sent) {
    event.preventDefault();
  } else {
    form.dataset.sent = "yes";
  }
});

/* A page that comes back from the browser's memory may be sent again: its key makes one thing of both. */
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form.asking").forEach((form) => delete form.dataset.sent);
});

async function change(form, button) {
  const [verb, name] = button.value.split(" ");
  const list = verb === "add" ? name : name.slice(0, name.lastIndexOf("-"));
  const typed = new FormData(form, button);
  const body = form.enctype === "multipart/form-data" ? typed : new URLSearchParams(typed); // parts are limited, fields are not
  const answer = await fetch(window.location.href, { method: "POST", body }).catch(() => null);
  if (!answer) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, now] = [form, fresh].map((page) => page.querySelector(`[data-several="${list}"]`));
  if (!old || !now) return;
  const place = document.importNode(now, true);
  if (verb === "add") keepTyped(old, place, typed);
  old.replaceWith(place);
  const rows = place.querySelectorAll(":scope > .row-of-fields");
  const next = verb === "add" ? rows[rows.length - 1].querySelector("input, select, textarea") : place;
  next.focus();
}

/* What was typed while the new line was on its way stays; numbers of lines do not move when one is added. */
function keepTyped(old, place, sent) {
  old.querySelectorAll("input[type=text], select, textarea").forEach((field) => {
    const fresh = place.querySelector(`[name="${CSS.escape(field.name)}"]`);
    if (fresh && field.value !== sent.get(field.name)) fresh.value = field.value;
  });
}

let waiting = 0;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.dataset.offers || field.value.length < ENOUGH_LETTERS) return;
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => offer(field), PAUSE);
});

async function offer(field) {
  const answer = await fetch(`${field.dataset.offers}?search=${encodeURIComponent(field.value)}`).catch(() => null);
  if (!answer?.ok) return;
  const offered = (await answer.json()).map((words) => Object.assign(document.createElement("option"), { value: words }));
  document.getElementById(field.getAttribute("list")).replaceChildren(...offered);
}
