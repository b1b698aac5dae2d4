(() => {
  "use strict";
  const texts = (row) => Array.from(row.cells, (cell) => cell.textContent);
  const number = (text) => parseFloat(text.replace(/,/g, ""));
  const collator = new Intl.Collator("en", { numeric: true });

  // What is no number comes before all numbers, and what is empty behind everything.
  const compare = (one, other) => {
    if (one === other) return 0;
    if (!one || !other) return one ? -1 : 1;
    const a = number(one), b = number(other);
    if (Number.isNaN(a) || Number.isNaN(b)) {
      if (Number.isNaN(a) && Number.isNaN(b)) return collator.compare(one, other);
      return Number.isNaN(a) ? -1 : 1;
    }
    return a - b;
  };

  const sortBy = (table, column, isNumber, descending) => {
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [row.cells[column]?.textContent ?? "", row]);
    const order = isNumber ? compare : collator.compare;
    keyed.sort(([one], [other]) => {
      if (!one !== !other) return one ? -1 : 1;
      return descending ? order(other, one) : order(one, other);
    });
    body.append(...keyed.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      if (head.textContent === "values") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sortBy(table, column, head.classList.contains("n"), descending);
      });
    });
  }

  const form = document.querySelector("form.filter");
  if (!form) return;
  const rows = Array.from(document.querySelector("table.variables").tBodies[0].rows);
  const search = form.querySelector("input");
  const selects = Array.from(form.querySelectorAll("select"));
  const output = form.querySelector("output");
  const known = rows.map((row) => {
    const all = texts(row);
    return [row, all, all.join("\n").toLowerCase()];
  });
  for (const select of selects) {
    const column = Number(select.dataset.column);
    const values = [...new Set(known.map(([, all]) => all[column]))].sort(collator.compare);
    for (const value of values) select.add(new Option(value || "none", value));
    if (values.length < 2) select.parentElement.hidden = true;
  }
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = selects
      .filter((select) => select.selectedIndex > 0)
      .map((select) => [Number(select.dataset.column), select.value]);
    let shown = 0;
    for (const [row, all, text] of known) {
      const fits = words.every((word) => text.includes(word)) &&
        chosen.every(([column, value]) => all[column] === value);
      row.hidden = !fits;
      shown += fits;
    }
    output.value = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} variables`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
})();
