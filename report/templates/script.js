"use strict";
(() => {
  // A phone shows no scrollbar until somebody scrolls.
  const mark = (box) => {
    const hidden = box.scrollWidth - box.clientWidth;
    box.classList.toggle("wider", hidden > 1);
    box.classList.toggle("more", hidden - box.scrollLeft > 1);
  };
  document.querySelectorAll(".scroll").forEach((box) => {
    box.addEventListener("scroll", () => mark(box), { passive: true });
    new ResizeObserver(() => mark(box)).observe(box);
  });
})();
(() => {
  const tree = document.getElementById("tree");
  if (!tree) return;
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const items = [...tree.querySelectorAll("li")];
  const own = new Map(items.map((item) => {
    const details = item.firstElementChild;
    const text = [...details.children].filter((child) => child.tagName !== "UL");
    return [item, text.map((child) => child.textContent).join(" ").toLowerCase()];
  }));
  const all = (open) => tree.querySelectorAll("details").forEach((d) => { d.open = open; });
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    const hits = new Set(items.filter((item) => wanted && own.get(item).includes(wanted)));
    items.forEach((item) => {
      const below = [...item.querySelectorAll("li")].some((child) => hits.has(child));
      item.hidden = Boolean(wanted) && !hits.has(item) && !below;
      if (wanted) item.firstElementChild.open = below;
    });
    found.textContent = wanted ? `${hits.size} found` : "";
    if (!wanted) fold();
  };
  const fold = () => {
    all(false);
    tree.querySelector("details").open = true;
  };
  search.addEventListener("input", show);
  document.getElementById("unfold").addEventListener("click", () => all(true));
  document.getElementById("fold").addEventListener("click", () => all(false));
  fold();
})();
