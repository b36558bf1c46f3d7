// What the theme and the gallery leave to be said to keyboards and screen readers.
document.addEventListener("DOMContentLoaded", () => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  // Code and tables that are wider than a phone scroll; what can be focused, a keyboard can scroll.
  each("pre, .table-wrapper", (block) => (block.tabIndex = 0));
  each("p.caption[role=heading]", (caption) => caption.setAttribute("aria-level", "2"));
  each(".citation-list[role=list]", (list) => list.removeAttribute("role"));
  // A button inside a summary cannot be told from it; on a page of documentation names need no button to be copied.
  each("summary button", (button) => button.remove());
  // The gallery hides the text of its links behind their pictures.
  each(".sphx-glr-thumbcontainer a", (link) => link.setAttribute("aria-label", link.textContent));
});
