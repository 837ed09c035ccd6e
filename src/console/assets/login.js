/**
 * Keeps where somebody was going over the login: the redirect to / inherits what follows # from the
 * address that the form is sent to.
 */
const form = /** @type {HTMLFormElement} */ (document.getElementById("login"));

function keep() {
  const { hash, pathname, search } = location;
  const deep = !["/", "/login"].includes(pathname);

  form.action = `/login${hash || (deep ? `#${pathname}${search}` : "")}`;
}

addEventListener("hashchange", keep);
keep();
