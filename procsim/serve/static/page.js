"use strict";
// What the server cannot do from afar: keep two controls of one number alike, keep open what was open, copy, and say when the server is gone.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const meant = new Map(); // what somebody has last put into a number, by its key: an answer to what was there before does not take its place
  const alike = control => {
    meant.set(control.dataset.key, control.value);
    for (const other of all(`[data-key="${control.dataset.key}"]`)) if (other !== control) other.value = control.value;
  };
  document.addEventListener("input", event => { if (event.target.matches("input[data-key], select[data-key]")) alike(event.target); });
  document.addEventListener("change", event => {
    const control = event.target;
    // htmx drops all events of a control for 120 ms after one: where a slider comes to rest is told once these are over.
    if (control.matches("input.slide")) {
      const value = control.value;
      setTimeout(() => { if (control.value === value && control.dataset.sent !== value) htmx.trigger(control, "rest"); }, 130);
    }
    if (control.matches("select[data-fill]")) control.form.querySelector("textarea").value = control.value;
  });

  document.addEventListener("htmx:configRequest", event => {
    if (event.detail.elt.matches("input.slide")) event.detail.elt.dataset.sent = event.detail.elt.value;
  });

  document.addEventListener("click", async event => {
    const reset = event.target.closest("[data-field] .note button");
    if (reset) {
      const control = reset.closest("[data-field]").querySelector("[data-was]");
      control.value = control.dataset.was;
      alike(control);
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const from = copy.dataset.copy;
      const text = from === "address" ? location.href : document.querySelector(from)?.textContent ?? "";
      try {
        await navigator.clipboard.writeText(text);
        document.getElementById("copied").textContent = "Copied.";
      } catch {
        document.getElementById("copied").textContent = "The browser does not let this page copy; mark the text and copy it.";
      }
    }
  });

  document.addEventListener("keydown", event => {
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !typing) {
      const undo = document.getElementById("undo");
      if (undo) { event.preventDefault(); undo.click(); }
    }
    const answer = event.key === "F8" && document.querySelector("#says button");
    if (answer) { event.preventDefault(); answer.focus(); }
  });

  const told = new WeakMap();
  let open = new Set(), focus = null, top = 0, height = 0, stood = null, back = null;
  document.addEventListener("focusin", event => { if (event.target.closest("main") && !event.target.closest("#says")) back = event.target; });
  // Where somebody goes on whose button has gone with what it did: its own field, its step, where one came from, its part of the page.
  const beside = at => ({
    field: at.closest("[data-field]")?.querySelector("[data-was]"), key: at.closest(kept)?.dataset.key, from: back === at ? null : back, part: at.closest("section")});
  const goesOn = ({field, key, from, part}) => {
    const step = key && all(kept).find(one => one.dataset.key === key)?.querySelector("summary");
    const next = [field, step, from, part, document.getElementById("recipe")].find(one => one?.isConnected && one.getClientRects().length);
    if (next === part && part) part.tabIndex = part.tabIndex === 0 ? 0 : -1;
    next?.focus({preventScroll: true});
  };
  const stays = at => {
    const list = at.closest("#recipe"), moved = at.getBoundingClientRect().top - height;
    (list && getComputedStyle(list).overflowY === "auto" && at !== list ? list : window).scrollBy(0, moved);
  };
  document.addEventListener("animationend", event => { // the message has come, over the end of the window: not over what is in use
    const at = document.activeElement, box = at.getBoundingClientRect(), over = event.target.getBoundingClientRect();
    if (event.target.id !== "says" || !at.matches("main :is(a, button, input, select, summary, textarea)") || at.closest("#says")) return;
    if (box.bottom > over.top && box.top < innerHeight && box.left < over.right && box.right > over.left) scrollBy(0, box.bottom - over.top + 8);
  });
  const kept = "details[data-key]";
  document.addEventListener("htmx:beforeSwap", event => {
    if (event.detail.target.id !== "state") return;
    open = new Set(all(kept).filter(one => one.open).map(one => one.dataset.key));
    const at = document.activeElement;
    focus = at?.dataset?.focus ?? null;
    stood = at && at !== document.body ? beside(at) : null;
    top = scrollY;
    height = at?.getBoundingClientRect().top;
  });
  document.addEventListener("htmx:afterSettle", event => {
    if (event.detail.target.id !== "state") return;
    const note = document.getElementById("note");
    if (note.dataset.for) for (const place of all(`.n-${note.dataset.for}`)) {
      if (told.get(place) === note.innerHTML) continue; // somebody may be about to press its button
      told.set(place, note.innerHTML);
      place.innerHTML = note.innerHTML;
      htmx.process(place);
    }
    const last = meant.get(note.dataset.for);
    if (note.dataset.value) held.set(note.dataset.for, note.dataset.value);
    if (note.dataset.value && (last === undefined || Number(last) === Number(note.dataset.value) || last === note.dataset.value)) {
      meant.delete(note.dataset.for);
      for (const control of all(`[data-key="${note.dataset.for}"]`)) if (control !== document.activeElement) control.value = note.dataset.value;
    }
    note.replaceChildren();
    delete note.dataset.for; // there is more than one such event
    for (const one of all(kept)) if (open.has(one.dataset.key)) one.open = true;
    if (focus) all("[data-focus]").find(one => one.dataset.focus === focus)?.focus({preventScroll: true});
    const same = document.activeElement !== document.body; // what one has just used stands where it stood, whatever has come above it
    if (stood && !same) goesOn(stood);
    scrollTo(scrollX, top);
    if (same) stays(document.activeElement);
  });

  // A button that goes with the piece it has fetched anew leaves one at that piece.
  let within = null;
  document.addEventListener("htmx:beforeSwap", event => {
    const target = event.detail.target;
    if (target.id !== "state") within = target.contains(document.activeElement) ? target : null;
  });
  document.addEventListener("htmx:afterSettle", event => {
    if (within === event.detail.target && document.activeElement === document.body) within.querySelector("[tabindex='0']")?.focus({preventScroll: true});
  });

  // An edit that takes long is said to, and may be stopped; a control whose edit has come to nothing shows again what stands in the page's state.
  const working = document.getElementById("working"), held = new Map();
  const edits = event => event.detail.requestConfig?.path === "edit";
  let waits = 0;
  document.addEventListener("htmx:beforeRequest", event => {
    if (!edits(event)) return;
    clearTimeout(waits);
    working.replaceChildren();
    waits = setTimeout(() => {
      const stop = document.createElement("button");
      stop.type = "button";
      stop.textContent = "Stop";
      stop.setAttribute("aria-label", "Stop working this edit out");
      stop.addEventListener("click", () => htmx.trigger("#page", "htmx:abort"));
      working.replaceChildren("Working this edit out … ", stop);
    }, 1000);
  });
  const asBefore = control => {
    if (!control.matches?.("input, select")) return;
    const own = held.get(control.dataset.key) ?? (control.matches("select") ? [...control.options].find(one => one.defaultSelected)?.value : control.defaultValue);
    if (own === undefined) return;
    control.value = own;
    if (control.dataset.key) { alike(control); meant.delete(control.dataset.key); }
  };
  document.addEventListener("htmx:afterRequest", event => {
    if (!edits(event)) return;
    clearTimeout(waits);
    if (!working.querySelector(".gone")) working.replaceChildren();
    if (!event.detail.successful) asBefore(event.detail.elt);
  });

  const gone = text => {
    const line = document.createElement("span"); // in view wherever the page has been scrolled to
    line.className = "gone";
    line.setAttribute("role", "alert");
    line.textContent = text;
    working.replaceChildren(line);
  };
  document.addEventListener("htmx:sendError", () => gone("The server does not answer any more: start procsim serve again, then reload this page; its address keeps the edits."));
  document.addEventListener("htmx:responseError", event => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    gone((answer.querySelector("pre") ?? answer.body).textContent.trim() || "The server refused this.");
  });
})();
