// Single keys for the desk's pages. Everything works without this file. A key presses the control
// that carries it as data-key; digits press the reasons of an open list. Keys do nothing in fields,
// while a text is being composed, or with Ctrl, Alt, AltGr or Meta.
"use strict";
(() => {
  const body = document.body;
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && el.type !== "checkbox");
  const shown = (el) => el.getClientRects().length > 0;
  const rows = () => [...document.querySelectorAll("[data-row]")];

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    all[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by, 0), all.length - 1)].focus();
  };

  // The part that must be opened before a control can be reached.
  const closed = (el) => el.tagName !== "DETAILS" && el.closest("details:not([open])");

  const press = (el) => {
    if (closed(el)) closed(el).open = true;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) return el.focus();
    if (el.tagName !== "DETAILS") return el.click();
    el.open = !el.open;
    const first = el.querySelector("button, input:not([type=hidden]), select");
    if (el.open && first) first.focus();
  };

  const sheet = () => {
    const old = document.getElementById("keys");
    if (old) return old.remove();
    const box = document.createElement("div");
    box.id = "keys";
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "Keys");
    box.tabIndex = -1;
    const list = document.createElement("dl");
    const add = (key, what) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = key;
      dd.textContent = what;
      list.append(dt, dd);
    };
    if (rows().length) add("j, k", "next tip, tip before");
    for (const el of document.querySelectorAll("[data-key]")) {
      const label = el.querySelector("summary") || (el.labels && el.labels[0]) || el;
      add(el.dataset.key, label.textContent.trim());
    }
    if (document.querySelector("[data-digit]")) add("1 to 9", "a reason of the open list");
    add("?", "this list");
    box.append(list);
    body.append(box);
    box.focus();
  };

  document.addEventListener("keydown", (e) => {
    // In a field, Ctrl and Enter press the main button of its part of the page.
    if (e.ctrlKey && e.key === "Enter" && !e.isComposing && e.target.form) {
      const button = (e.target.closest("section") || e.target.form).querySelector("[data-submit]");
      if (button) { e.preventDefault(); button.click(); }
      return;
    }
    if (e.isComposing || e.ctrlKey || e.altKey || e.metaKey || e.getModifierState("AltGraph")) return;
    if (e.key === "Escape") {
      const box = document.getElementById("keys");
      if (box) box.remove();
      else if (typing(document.activeElement)) document.activeElement.blur();
      return;
    }
    if (typing(e.target) || e.repeat) return;
    if (e.key === "?") { e.preventDefault(); return sheet(); }
    if (/^[1-9]$/.test(e.key)) {
      const open = [...document.querySelectorAll(`[data-digit="${e.key}"]`)].find(shown);
      if (open) { e.preventDefault(); open.click(); }
      return;
    }
    if (rows().length && (e.key === "j" || e.key === "k")) { e.preventDefault(); return step(e.key === "j" ? 1 : -1); }
    const all = [...document.querySelectorAll(`[data-key="${CSS.escape(e.key)}"]`)];
    const el = all.find(shown) || all.find(closed);
    if (el) { e.preventDefault(); press(el); }
  });

  // What is being typed and ticked is kept at the desk, so that a dead browser loses nothing.
  for (const field of document.querySelectorAll("[data-draft]")) {
    // A report and a reply have more fields beside the text, in their part of the page.
    const part = "with" in field.dataset ? field.closest("section") : field.parentElement;
    const typed = () => {
      const body = new URLSearchParams({ form_token: field.form.querySelector("[name=form_token]").value });
      for (const el of part.querySelectorAll("input[name], textarea[name], select[name]")) {
        if (!/^(checkbox|radio)$/.test(el.type) || el.checked) body.append(el.name, el.value);
      }
      return body;
    };
    let timer, last = typed().toString();
    const keep = () => {
      const body = typed();
      if (body.toString() === last) return;
      last = body.toString();
      fetch(field.dataset.draft, { method: "POST", keepalive: true, body });
    };
    part.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 1000); });
    part.addEventListener("focusout", keep);
    addEventListener("pagehide", keep);
  }
})();
