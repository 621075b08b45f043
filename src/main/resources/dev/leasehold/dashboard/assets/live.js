// Keeps the page live: swaps fragments that the server rendered, and shows times as this browser counts them.

const offline = document.getElementById("offline");
const SILENT_TOO_LONG = 6000;
const AGAIN_AFTER = 3000;
let heardAt = Date.now();

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const moment = new Intl.DateTimeFormat(undefined, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const FAR = 60 * 86400;

function span(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d`;
}

function relative(at) {
  const seconds = (at - Date.now()) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  if (Math.abs(seconds) > FAR) return day.format(at);
  return seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`;
}

function tellTimes(root) {
  for (const time of root.querySelectorAll("time[data-as]")) {
    const at = new Date(time.dateTime);
    const as = time.dataset.as;
    time.textContent = as === "ago" ? relative(at) : as === "clock" ? clock.format(at) : moment.format(at);
    time.title = moment.format(at);
  }
}

function swap({ id, html }) {
  const old = document.getElementById(id);
  if (!old) return;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  const open = new Set([...old.querySelectorAll("details[open]")].map((each) => each.dataset.key));
  for (const each of fresh.querySelectorAll("details")) each.open = open.has(each.dataset.key);
  tellTimes(fresh);
  const focused = old.contains(document.activeElement) ? focusables(old).indexOf(document.activeElement) : -1;
  const scrolled = [...old.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
  old.replaceWith(fresh);
  [...fresh.querySelectorAll(".scroll")].forEach((each, i) => { each.scrollLeft = scrolled[i] ?? 0; });
  if (focused >= 0) focusables(fresh)[focused]?.focus({ preventScroll: true });
}

function focusables(root) {
  return [...root.querySelectorAll("a[href], button, summary, [tabindex]")];
}

function connect() {
  const source = new EventSource("/live");
  source.addEventListener("fragment", (event) => {
    heardAt = Date.now();
    offline.hidden = true;
    swap(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      offline.hidden = false;
      setTimeout(comeBack, AGAIN_AFTER);
    }
  });
}

// A closed stream is a refusal: the session has ended, or the node has no room. The page itself tells which.
async function comeBack() {
  try {
    const page = await fetch("/", { headers: { Accept: "text/html" }, redirect: "manual" });
    if (page.type === "opaqueredirect") return location.assign("/login");
  } catch {
    // the node is away; connecting tells when it is back
  }
  connect();
}

setInterval(() => {
  tellTimes(document);
  if (Date.now() - heardAt > SILENT_TOO_LONG) offline.hidden = false;
}, 1000);

tellTimes(document);
connect();
