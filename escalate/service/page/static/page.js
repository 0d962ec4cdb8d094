// What a page does beyond its forms where JavaScript is on: the button that prints, and menus that close.
document.addEventListener("click", (event) => {
  if (event.target.closest(".print")) window.print();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("button")) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
const show = () => {
  for (const button of document.querySelectorAll(".print[hidden]")) button.hidden = false;
};
show();
document.addEventListener("htmx:after:swap", show);
