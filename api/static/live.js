// Keeps a page fresh: every ten seconds the same page is fetched, and the parts marked data-live are replaced.
// Nothing is fetched while nobody looks. Without this script the page works and says how to refresh.

const EVERY_MS = 10_000;
const status = document.getElementById("live");
let lastGood = Date.now();
let away = false;

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

function replaceParts(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    if (!newer || newer.outerHTML === part.outerHTML || part.contains(document.activeElement)) continue;
    part.replaceWith(document.adoptNode(newer));
  }
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(EVERY_MS) });
    if (new URL(answer.url).pathname === "/console/login") {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    replaceParts(fresh);
    lastGood = Date.now();
    away = false;
    say("每 10 秒更新");
  } catch {
    away = true;
    const minutes = Math.round((Date.now() - lastGood) / 60_000);
    say(minutes < 1 ? "连不上，显示的是刚才的" : `连不上，显示的是 ${minutes} 分钟前的`);
  }
  document.body.classList.toggle("away", away);
}

if (status) {
  say("每 10 秒更新");
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  addEventListener("online", refresh);
  addEventListener("offline", refresh);
}
