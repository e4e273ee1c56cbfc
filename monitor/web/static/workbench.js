// Tries the query a moment after it was changed, without a reload; one request at a time.
"use strict";
(() => {
  const form = document.getElementById("bench");
  const place = document.getElementById("trial");
  if (!form || !place || !window.fetch) return;
  const PAUSE = 600;
  let timer = 0, running = false, dirty = false;

  const copyButtons = () => {
    if (!navigator.clipboard) return;
    for (const block of place.querySelectorAll("pre.toml")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = "Copy";
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(block.textContent).then(
          () => { button.textContent = "Copied"; },
          () => { button.textContent = "Copy it by hand"; },
        );
      });
      block.before(button);
    }
  };

  const say = (text) => {
    const line = document.createElement("p");
    line.className = "notice";
    line.setAttribute("role", "status");
    line.textContent = text;
    place.replaceChildren(line);
  };

  const plan = (wait) => { clearTimeout(timer); timer = setTimeout(run, wait); };

  const run = async () => {
    if (running) { dirty = true; return; }
    running = true;
    dirty = false;
    place.setAttribute("aria-busy", "true");
    let again = 0;
    try {
      const answer = await fetch(`${form.action}?part=true`, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
      });
      const type = answer.headers.get("content-type") || "";
      if (answer.headers.has("retry-after")) {
        again = 1000 * Number(answer.headers.get("retry-after")) || 1000;
      } else if (type.startsWith("text/html")) {
        place.innerHTML = await answer.text();
        copyButtons();
      } else {
        say(`The page answered ${answer.status}; load it anew.`);
      }
    } catch {
      say("The page cannot be reached; what is written here is kept.");
    } finally {
      running = false;
      place.removeAttribute("aria-busy");
      if (again) plan(again); else if (dirty) plan(PAUSE);
    }
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); plan(0); });
  form.addEventListener("input", () => plan(PAUSE));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); plan(0); }
  });
  copyButtons();
})();
