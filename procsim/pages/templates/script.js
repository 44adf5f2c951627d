"use strict";
// Tables sort by a click on a head, show only rows that hold a text, and are copied for a spreadsheet. Without this, everything can be read all the same.
for (const figure of document.querySelectorAll("figure.table")) {
  const table = figure.querySelector("table"), plain = table.classList.contains("data");
  const bar = document.createElement("div");
  bar.className = "tools";
  if (plain && table.tBodies[0].rows.length > 8) {
    const field = document.createElement("input"), label = document.createElement("label");
    field.type = "search";
    label.append("only rows with ", field);
    field.addEventListener("input", () => {
      const text = field.value.toLowerCase(), all = figure.querySelector(".all input");
      if (all && text) all.checked = true;
      for (const row of table.tBodies[0].rows) row.classList.toggle("hidden", !row.textContent.toLowerCase().includes(text));
    });
    bar.append(label);
  }
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = "copy";
  copy.addEventListener("click", async () => {
    const shown = [...table.rows].filter(row => !row.classList.contains("hidden"));
    const text = shown.map(row => [...row.cells].map(cell => cell.dataset.k || cell.textContent.trim().replace(/\s+/g, " ")).join("\t")).join("\n");
    try { await navigator.clipboard.writeText(text); copy.textContent = "copied"; } catch { copy.textContent = "not allowed here"; }
  });
  bar.append(copy);
  figure.querySelector("figcaption").after(bar);
  if (!plain) continue;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending", body = table.tBodies[0];
      const key = row => row.cells[at].dataset.k ?? row.cells[at].textContent;
      const order = (a, b) => {
        const x = key(a), y = key(b), n = Number(x) - Number(y);
        if (x === "" || y === "") return x === "" ? (y === "" ? 0 : 1) : -1;
        return (Number.isNaN(n) ? x.localeCompare(y) : n) * (down ? -1 : 1);
      };
      const limit = [...body.rows].filter(row => !row.classList.contains("more")).length;
      [...body.rows].sort(order).forEach((row, i) => { row.classList.toggle("more", i >= limit); body.append(row); });
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
    });
  });
}
// A picture of a step and the rows of the cost sheet that belong to it mark each other.
for (const cell of document.querySelectorAll("a.cell")) {
  const rows = [...document.querySelectorAll(".sheet th a")].filter(a => a.getAttribute("href") === "#" + cell.id).map(a => a.closest("tr"));
  const heads = rows.map(row => row.parentElement.rows[0]);
  const mark = on => [cell, ...rows, ...heads].forEach(one => one.classList.toggle("marked", on));
  for (const one of [cell, ...rows]) {
    for (const name of ["pointerenter", "focusin"]) one.addEventListener(name, () => mark(true));
    for (const name of ["pointerleave", "focusout"]) one.addEventListener(name, () => mark(false));
  }
}
for (const part of document.querySelectorAll("details")) addEventListener("beforeprint", () => { part.open = true; });
