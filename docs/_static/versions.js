// The switch between versions of the documentation. Its list is written into the page; the list of the
// newest documentation, where it can be had, knows the versions that came after this one.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form.versions");
  if (!form) return;
  const select = form.querySelector("select");
  const show = (versions) =>
    versions.forEach(({ name, url }) => {
      if (![...select.options].some((option) => option.text === name)) select.add(new Option(name, url));
    });
  const newest = [...select.options].find((option) => option.text === "latest");
  if (newest && location.origin === new URL(newest.value).origin)
    fetch(newest.value + "_static/versions.json").then((answer) => answer.ok && answer.json().then(show), () => {});
  select.addEventListener("change", async () => {
    if (!select.value) return;
    const page = select.value + form.dataset.page;
    // The other version may not have this page.
    const there = await fetch(page, { method: "HEAD" }).then((answer) => answer.ok, () => false);
    location.href = there ? page : select.value;
  });
});
